// The refunds' routes.
#pragma once

#include <vector>

#include "api/context.hpp"
#include "api/idempotency.hpp"
#include "db/database.hpp"
#include "refund/book.hpp"

namespace tollgate::refund {

/// What the routes work with; all outlive them.
struct RouteServices {
  db::Database& database;
  api::Idempotency& idempotency;
  Book& book;
};

/// Error of bodies: invalid_request, and those of api::parse_body.
Result<Wish> parse_wish(const net::Request& request);

std::vector<api::Route> routes(RouteServices services);

}  // namespace tollgate::refund
