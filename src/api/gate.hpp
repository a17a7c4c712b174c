// The one way in for requests: route, key, role, idempotency, handler, problem+json.
#pragma once

#include <string>
#include <vector>

#include "api/context.hpp"
#include "api/idempotency.hpp"
#include "api/keys.hpp"
#include "base/metrics.hpp"
#include "db/database.hpp"
#include "net/router.hpp"

namespace tollgate::api {

class Gate {
 public:
  Gate(db::Database& database, Idempotency& idempotency, const KeyRing& keys, const Clock& clock,
       Metrics& metrics);

  /// Before the server starts.
  void add(std::vector<Route> routes);

  /// Answers a request; never throws. The handler for net::Server.
  net::Awaitable<net::Response> handle(net::Request& request);

 private:
  net::Awaitable<net::Response> answer_or_apologise(net::Request& request);
  net::Awaitable<net::Response> answer(net::Request& request);
  net::Awaitable<Result<net::Response>> run(const Route& route, Context& context);
  net::Awaitable<Result<net::Response>> run_idempotent(const Route& route, Context& context,
                                                       Ticket& ticket);
  net::Awaitable<net::Response> settle_ticket(Ticket& ticket, const std::string& request_id,
                                              net::Response response);

  db::Database& database_;
  Idempotency& idempotency_;
  const KeyRing& keys_;
  const Clock& clock_;
  Counter& unauthorized_;
  net::Router router_;
  std::vector<Route> routes_;
};

}  // namespace tollgate::api
