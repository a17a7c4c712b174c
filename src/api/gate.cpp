#include "api/gate.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/fault.hpp"
#include "base/log.hpp"
#include "net/request_head.hpp"

namespace tollgate::api {
namespace {

/// The route's place in routes_, carried through the router's free word.
std::size_t index_of(const net::Route& route) {
  return std::stoul(route.access);
}

std::optional<Error> check_role(const Route& route, const std::optional<Caller>& caller) {
  if (route.access == Access::open) return std::nullopt;
  if (!caller) return Error(Errc::unauthorized);
  if (route.access == Access::admin && caller->role != Role::admin) return Error(Errc::forbidden);
  return std::nullopt;
}

Result<std::optional<Ticket>> read_ticket(const Context& context) {
  const auto key = context.request.headers.find("Idempotency-Key");
  if (!key) return std::optional<Ticket>();
  const bool printable = std::ranges::all_of(*key, [](char c) { return c >= 0x20 && c < 0x7F; });
  if (key->empty() || key->size() > 255 || !printable)
    return invalid_field("", "Idempotency-Key must be 1 to 255 printable ASCII characters");
  const auto& request = context.request;
  std::string whole(net::to_string(request.method));
  whole.append("\n").append(request.target).append("\n").append(request.body);
  return std::optional<Ticket>(Ticket{context.caller.key_name, std::string(*key),
                                      hex_lower(sha256(whole)), false, TimeMs()});
}

bool is_about_the_key(const Result<net::Response>& result) {
  return !result && (result.error().code == Errc::idempotency_in_progress ||
                     result.error().code == Errc::idempotency_key_reused);
}

}  // namespace

Gate::Gate(db::Database& database, Idempotency& idempotency, const KeyRing& keys,
           const Clock& clock, Metrics& metrics)
    : database_(database),
      idempotency_(idempotency),
      keys_(keys),
      clock_(clock),
      unauthorized_(metrics.counter("tollgate_http_unauthorized_total",
                                    "Requests without a valid API key")) {}

void Gate::add(std::vector<Route> routes) {
  for (auto& route : routes) {
    router_.add(net::Route{route.method, route.pattern, std::to_string(routes_.size()), nullptr});
    routes_.push_back(std::move(route));
  }
}

net::Awaitable<net::Response> Gate::handle(net::Request& request) {
  const std::int64_t began_ms = clock_.steady_ms();
  net::Response response = co_await answer_or_apologise(request);
  log::info("http.request", {{"method", net::to_string(request.method)},
                             {"path", net::loggable_path(request)},
                             {"status", response.status},
                             {"duration_ms", clock_.steady_ms() - began_ms},
                             {"remote_ip", request.remote_ip},
                             {"request_id", request.request_id}});
  co_return response;
}

net::Awaitable<net::Response> Gate::answer_or_apologise(net::Request& request) {
  std::string failed;
  try {
    co_return co_await answer(request);
  } catch (const db::Overloaded&) {
    Error error(Errc::service_unavailable, "too much work is waiting");
    error.retry_after_s = 1;
    co_return problem(error, request.request_id);
  } catch (const db::DatabaseError& e) {
    failed = e.what();
  } catch (const std::exception& e) {
    failed = e.what();
    log::error("http.handler_failed", {{"path", net::loggable_path(request)},
                                       {"request_id", request.request_id},
                                       {"error", failed}});
    co_return problem(Error(Errc::internal_error), request.request_id);
  }
  log::error("http.database_failed", {{"path", net::loggable_path(request)},
                                      {"request_id", request.request_id},
                                      {"error", failed}});
  co_return problem(Error(Errc::service_unavailable), request.request_id);
}

net::Awaitable<net::Response> Gate::answer(net::Request& request) {
  Context context(request);
  const auto matched = router_.match(request);
  const auto caller = keys_.identify(request.headers.find("Authorization"));
  if (!matched) {
    // Without a key nobody learns which addresses exist under /v1.
    const bool guarded = request.path.starts_with("/v1/") && !caller;
    if (guarded) co_return problem(Error(Errc::unauthorized), request.request_id);
    net::Response refused = problem(matched.error(), request.request_id);
    if (refused.status == 405) refused.headers.add("Allow", router_.allow(request));
    co_return refused;
  }
  const Route& route = routes_.at(index_of(**matched));
  if (const auto refused = check_role(route, caller)) {
    unauthorized_.add();
    co_return problem(*refused, request.request_id);
  }
  if (caller) context.caller = *caller;
  auto result = co_await run(route, context);
  if (!result) co_return problem(result.error(), request.request_id);
  co_return std::move(*result);
}

net::Awaitable<Result<net::Response>> Gate::run(const Route& route, Context& context) {
  if (route.method == net::Method::post && route.access != Access::open) {
    auto ticket = read_ticket(context);
    if (!ticket) co_return ticket.error();
    context.ticket = std::move(*ticket);
  }
  if (context.ticket) co_return co_await run_idempotent(route, context, *context.ticket);
  co_return co_await route.handler(context);
}

net::Awaitable<Result<net::Response>> Gate::run_idempotent(const Route& route, Context& context,
                                                           Ticket& ticket) {
  if (!route.joins_idempotency) {
    auto claim = [&](db::Tx& tx) { return idempotency_.claim(tx, ticket); };
    auto claimed = co_await database_.write(claim, db::Repeat::yes);
    if (!claimed) co_return claimed.error();
    if (*claimed) co_return std::move(**claimed);
    fault::point("gate.key_claimed");
  }
  std::exception_ptr thrown;
  Result<net::Response> result = Error(Errc::internal_error);
  try {
    result = co_await route.handler(context);
  } catch (...) {
    thrown = std::current_exception();
  }
  const bool about_key = is_about_the_key(result);
  net::Response response = answer_of(std::move(result), context.request.request_id);
  const bool replayed = response.headers.find("Idempotency-Replayed").has_value();
  if (!replayed && !ticket.settled && !about_key) {
    response = co_await settle_ticket(ticket, context.request.request_id, std::move(response));
    fault::point("gate.answer_kept");
  }
  if (thrown) std::rethrow_exception(thrown);
  co_return response;
}

/// Keeps the answer of a request whose handler did not; answers what the client is to get: where
/// the handler claimed nothing, another request may have had the key before.
net::Awaitable<net::Response> Gate::settle_ticket(Ticket& ticket, const std::string& request_id,
                                                  net::Response response) {
  auto settle = [&](db::Tx& tx) {
    if (!ticket.is_claimed()) {
      auto looked = idempotency_.look(tx, ticket);
      if (!looked) return problem(looked.error(), request_id);
      if (*looked) return std::move(**looked);
    }
    idempotency_.settle(tx, ticket, response);
    return response;
  };
  co_return co_await database_.write(settle, db::Repeat::yes);
}

}  // namespace tollgate::api
