// Reads the body of `POST /v1/orders/{id}/payments`.
#pragma once

#include "api/context.hpp"
#include "base/error.hpp"
#include "payment/attempts.hpp"

namespace tollgate::payment {

/// Errors: order_not_found for an id that is none, all that api::parse_body gives, invalid_request
/// with pointers.
Result<StartRequest> parse_start(const api::Context& context);

}  // namespace tollgate::payment
