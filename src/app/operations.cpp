#include "app/operations.hpp"

namespace tollgate::app {
namespace {

using net::Awaitable;
using net::Method;
using net::Response;

Awaitable<Result<Response>> alive(api::Context&) {
  co_return api::json_response(200, R"({"status":"alive"})");
}

/// The database is asked for a unit of work, so that a stuck writer is seen.
Awaitable<Result<Response>> check_ready(db::Database& database, const std::atomic<bool>& ready) {
  if (!ready) co_return Error(Errc::service_unavailable, "starting or draining");
  if (!database.healthy()) co_return Error(Errc::service_unavailable, "the database has failed");
  auto nothing = [](db::Tx&) { return true; };
  co_await database.write(nothing);
  co_return api::json_response(200, R"({"status":"ready"})");
}

Awaitable<Result<Response>> scrape(const Metrics& metrics) {
  co_return Response(200, "text/plain; version=0.0.4; charset=utf-8", metrics.render());
}

Awaitable<Result<Response>> openapi(api::Context&) {
  co_return api::json_response(200, std::string(openapi_json()));
}

}  // namespace

std::vector<api::Route> operations_routes(db::Database& database, const Metrics& metrics,
                                          const std::atomic<bool>& ready) {
  return {
      {Method::get, "/healthz", api::Access::open, alive},
      {Method::get, "/readyz", api::Access::open,
       [&database, &ready](api::Context&) { return check_ready(database, ready); }},
      {Method::get, "/metrics", api::Access::open,
       [&metrics](api::Context&) { return scrape(metrics); }},
      {Method::get, "/openapi.json", api::Access::open, openapi},
  };
}

}  // namespace tollgate::app
