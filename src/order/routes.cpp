#include "api/params.hpp"
#include "base/json_writer.hpp"
#include "order/service.hpp"
#include "order/stock.hpp"

namespace tollgate::order {
namespace {

using api::Access;
using api::Context;
using net::Awaitable;
using net::Method;
using net::Response;

/// One unit of work: the key, the order, its stock, its timer, its event and the kept answer.
Awaitable<Result<Response>> create(OrderService& service, Context& context) {
  auto& s = service.services();
  auto order = parse_order(context.request, service.options(), s.clock.now());
  if (!order) co_return order.error();
  auto draft = service.draft(std::move(*order));
  auto work = [&](db::Tx& tx) -> Result<Response> {
    if (context.ticket) {
      TOLLGATE_TRY(auto replay, s.idempotency.look(tx, *context.ticket));
      if (replay) return std::move(*replay);
    }
    TOLLGATE_TRY(auto created, service.create(tx, draft));
    Response response = api::json_response(created.existed ? 200 : 201, std::move(created.json));
    if (context.ticket) s.idempotency.keep(tx, *context.ticket, response);
    return response;
  };
  co_return co_await s.database.write(work, db::Repeat::yes);
}

Awaitable<Result<Response>> show(OrderService& service, Context& context) {
  auto id = api::parse_id<OrderId>(context.param(0), Errc::order_not_found);
  if (!id) co_return id.error();
  auto shown = co_await service.show(*id);
  if (!shown) co_return shown.error();
  co_return api::json_response(200, std::move(*shown));
}

Result<store::Filter> parse_filter(const net::Request& request) {
  store::Filter filter;
  TOLLGATE_TRY(filter.user_id, api::text_param(request, "user_id"));
  TOLLGATE_TRY(filter.business_id, api::text_param(request, "business_id"));
  TOLLGATE_TRY(filter.status, api::text_param(request, "status"));
  TOLLGATE_TRY(filter.goods_id, api::text_param(request, "goods_id"));
  TOLLGATE_TRY(filter.goods_type, api::text_param(request, "goods_type"));
  if (filter.status && !parse_status(*filter.status))
    return invalid_field("/status", "is not a status of orders");
  return filter;
}

Awaitable<Result<Response>> list(OrderService& service, Context& context) {
  auto page = api::parse_page(context.request);
  if (!page) co_return page.error();
  auto parsed = parse_filter(context.request);
  if (!parsed) co_return parsed.error();
  const store::Filter& filter = *parsed;
  auto read = [&](db::Tx& tx) {
    std::vector<std::string> items;
    for (const OrderId id : store::list(tx, filter, page->starting_after, page->limit + 1))
      items.push_back(service.json(tx, *store::find(tx, id)));
    return items;
  };
  auto items = co_await service.services().database.read(read);
  co_return api::list_response(std::move(items), *page);
}

Awaitable<Result<Response>> cancel(OrderService& service, Context& context) {
  auto id = api::parse_id<OrderId>(context.param(0), Errc::order_not_found);
  if (!id) co_return id.error();
  auto checked = api::parse_nothing(context.request);
  if (!checked) co_return checked.error();
  auto cancelled = co_await service.cancel(*id);
  if (!cancelled) co_return cancelled.error();
  co_return api::json_response(200, std::move(*cancelled));
}

std::string stock_json(const std::string& goods_id, const stock::Level& level) {
  json::Writer out;
  out.begin_object().field("goods_id", goods_id).field("available", level.available);
  out.field("locked", level.locked).field("sold", level.sold).end_object();
  return out.take();
}

Result<bool> check_goods_id(const std::string& goods_id) {
  if (goods_id.empty() || goods_id.size() > 512) return Error(Errc::stock_not_found);
  return true;
}

Awaitable<Result<Response>> put_stock(OrderService& service, Context& context) {
  const std::string goods_id = context.param(0);
  auto checked = check_goods_id(goods_id);
  if (!checked) co_return checked.error();
  auto document = api::parse_body(context.request);
  if (!document) co_return document.error();
  json::Errors errors;
  json::Object in(*document, errors);
  const std::int64_t available = in.integer("available", {0, 1'000'000'000'000});
  in.finish();
  if (!errors.empty()) co_return errors.take();
  auto work = [&](db::Tx& tx) {
    stock::set_available(tx, goods_id, available);
    return stock_json(goods_id, *stock::find(tx, goods_id));
  };
  auto shown = co_await service.services().database.write(work);
  co_return api::json_response(200, std::move(shown));
}

Awaitable<Result<Response>> get_stock(OrderService& service, Context& context) {
  const std::string goods_id = context.param(0);
  auto work = [&](db::Tx& tx) { return stock::find(tx, goods_id); };
  const auto level = co_await service.services().database.read(work);
  if (!level) co_return Error(Errc::stock_not_found);
  co_return api::json_response(200, stock_json(goods_id, *level));
}

/// Binds a free function to the service; the routes live no longer than it.
api::Handler bind(Awaitable<Result<Response>> (*f)(OrderService&, Context&),
                  OrderService& service) {
  return [f, &service](Context& context) { return f(service, context); };
}

}  // namespace

std::vector<api::Route> routes(OrderService& s) {
  return {
      {Method::post, "/v1/orders", Access::merchant, bind(create, s), true},
      {Method::get, "/v1/orders", Access::merchant, bind(list, s)},
      {Method::get, "/v1/orders/{id}", Access::merchant, bind(show, s)},
      {Method::post, "/v1/orders/{id}/cancel", Access::merchant, bind(cancel, s)},
      {Method::put, "/v1/stock/{goods_id}", Access::admin, bind(put_stock, s)},
      {Method::get, "/v1/stock/{goods_id}", Access::admin, bind(get_stock, s)},
  };
}

}  // namespace tollgate::order
