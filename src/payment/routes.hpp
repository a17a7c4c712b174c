// `/v1/payments…`, `/v1/orders/{id}/payments`, `/v1/callbacks`, `/v1/accounts`,
// `/callbacks/{account_id}`.
#pragma once

#include <vector>

#include "api/context.hpp"
#include "api/idempotency.hpp"
#include "payment/attempts.hpp"
#include "payment/inbox.hpp"

namespace tollgate::payment {

/// Everything outlives the routes.
std::vector<api::Route> routes(Attempts& attempts, Inbox& inbox, api::Idempotency& idempotency);
/// `/v1/late-payments…`.
std::vector<api::Route> late_routes(Attempts& attempts);

}  // namespace tollgate::payment
