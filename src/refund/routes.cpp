#include "refund/routes.hpp"

#include "api/params.hpp"
#include "refund/store.hpp"

namespace tollgate::refund {
namespace {

using api::Access;
using api::Context;
using net::Awaitable;
using net::Method;
using net::Response;

/// One unit of work: the key, the refund, its job, its event and the kept answer. The channel is
/// called by the job, so that a merchant who comes again is never told less than is true.
Awaitable<Result<Response>> create(RouteServices s, Context& context) {
  auto wish = parse_wish(context.request);
  if (!wish) co_return wish.error();
  wish->by = context.caller.key_name;
  auto work = [&](db::Tx& tx) -> Result<Response> {
    if (context.ticket) {
      TOLLGATE_TRY(auto replay, s.idempotency.look(tx, *context.ticket));
      if (replay) return std::move(*replay);
    }
    TOLLGATE_TRY(const Refund refund, s.book.begin(tx, *wish));
    Response response = api::json_response(201, to_json(refund));
    if (context.ticket) s.idempotency.keep(tx, *context.ticket, response);
    return response;
  };
  co_return co_await s.database.write(work, db::Repeat::yes);
}

/// A second key's word over a refund that waits; also with the key and the kept answer.
Awaitable<Result<Response>> decide(RouteServices s, Context& context,
                                   Result<Refund> (Book::*decision)(db::Tx&, RefundId,
                                                                    const std::string&)) {
  const auto id = api::parse_id<RefundId>(context.param(0), Errc::refund_not_found);
  if (!id) co_return id.error();
  if (const auto empty = api::parse_nothing(context.request); !empty) co_return empty.error();
  auto work = [&](db::Tx& tx) -> Result<Response> {
    if (context.ticket) {
      TOLLGATE_TRY(auto replay, s.idempotency.look(tx, *context.ticket));
      if (replay) return std::move(*replay);
    }
    TOLLGATE_TRY(const Refund refund, (s.book.*decision)(tx, *id, context.caller.key_name));
    Response response = api::json_response(200, to_json(refund));
    if (context.ticket) s.idempotency.keep(tx, *context.ticket, response);
    return response;
  };
  co_return co_await s.database.write(work);
}

Awaitable<Result<Response>> approve(RouteServices s, Context& context) {
  return decide(s, context, &Book::approve);
}

Awaitable<Result<Response>> reject(RouteServices s, Context& context) {
  return decide(s, context, &Book::reject);
}

Awaitable<Result<Response>> show(RouteServices s, Context& context) {
  const auto id = api::parse_id<RefundId>(context.param(0), Errc::refund_not_found);
  if (!id) co_return id.error();
  auto read = [&](db::Tx& tx) { return store::find(tx, *id); };
  const auto refund = co_await s.database.read(read);
  if (!refund) co_return Error(Errc::refund_not_found);
  co_return api::json_response(200, to_json(*refund));
}

Result<store::Filter> parse_filter(const net::Request& request) {
  store::Filter filter;
  TOLLGATE_TRY(filter.pay_no, api::id_param<PayNo>(request, "pay_no"));
  TOLLGATE_TRY(filter.order_id, api::id_param<OrderId>(request, "order_id"));
  TOLLGATE_TRY(filter.status, api::text_param(request, "status"));
  if (filter.status && !parse_status(*filter.status))
    return invalid_field("/status", "is not a status of refunds");
  return filter;
}

Awaitable<Result<Response>> list(RouteServices s, Context& context) {
  const auto page = api::parse_page(context.request);
  if (!page) co_return page.error();
  const auto filter = parse_filter(context.request);
  if (!filter) co_return filter.error();
  auto read = [&](db::Tx& tx) {
    return store::list(tx, *filter, page->starting_after, page->limit + 1);
  };
  std::vector<std::string> items;
  for (const auto& refund : co_await s.database.read(read)) items.push_back(to_json(refund));
  co_return api::list_response(std::move(items), *page);
}

/// Binds a free function to the services; the routes live no longer than they.
api::Handler bind(Awaitable<Result<Response>> (*f)(RouteServices, Context&), RouteServices s) {
  return [f, s](Context& context) { return f(s, context); };
}

}  // namespace

std::vector<api::Route> routes(RouteServices s) {
  return {
      {Method::post, "/v1/refunds", Access::merchant, bind(create, s), true},
      {Method::get, "/v1/refunds", Access::merchant, bind(list, s)},
      {Method::get, "/v1/refunds/{id}", Access::merchant, bind(show, s)},
      {Method::post, "/v1/refunds/{id}/approve", Access::merchant, bind(approve, s), true},
      {Method::post, "/v1/refunds/{id}/reject", Access::merchant, bind(reject, s), true},
  };
}

}  // namespace tollgate::refund
