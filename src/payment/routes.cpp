#include "payment/routes.hpp"

#include <algorithm>
#include <functional>

#include "api/params.hpp"
#include "base/json_writer.hpp"
#include "base/time.hpp"
#include "payment/callback_store.hpp"
#include "payment/start_input.hpp"
#include "payment/store.hpp"

namespace tollgate::payment {
namespace {

using api::Access;
using api::Context;
using net::Awaitable;
using net::Method;
using net::Response;

Result<Response> shown(const Settler& settler, const Result<Payment>& started) {
  if (!started) return started.error();
  return api::json_response(201, settler.json(*started));
}

/// The request's key, which its start claims and keeps in its own units of work.
class Keyed final : public Once {
 public:
  Keyed(const Settler& settler, api::Idempotency& idempotency, Context& context)
      : settler_(settler), idempotency_(idempotency), context_(context) {}

  Result<void> look(db::Tx& tx) override { return go_on(idempotency_.look(tx, *context_.ticket)); }
  Result<void> claim(db::Tx& tx) override {
    if (context_.ticket->is_claimed()) return {};
    return go_on(idempotency_.claim(tx, *context_.ticket));
  }
  void keep(db::Tx& tx, const Result<Payment>& started) override {
    answer_ = api::answer_of(shown(settler_, started), context_.request.request_id);
    idempotency_.settle(tx, *context_.ticket, *answer_);
  }

  /// The first answer, where that was given before, or the one that was settled just now.
  std::optional<Response>& answer() { return answer_; }

 private:
  Result<void> go_on(Result<std::optional<Response>> looked) {
    answer_.reset();  // of a first run that came to nothing
    if (!looked) return looked.error();
    answer_ = std::move(*looked);
    if (answer_) return Error(Errc::idempotency_in_progress);
    return {};
  }

  const Settler& settler_;
  api::Idempotency& idempotency_;
  Context& context_;
  std::optional<Response> answer_;
};

Awaitable<Result<Response>> start(Attempts& attempts, api::Idempotency& idempotency,
                                  Context& context) {
  auto request = parse_start(context);
  if (!request) co_return request.error();
  const Settler& settler = attempts.services().settler;
  Keyed keyed(settler, idempotency, context);
  if (context.ticket) request->once = &keyed;
  const auto started = co_await attempts.start(std::move(*request));
  if (keyed.answer()) co_return *std::move(keyed.answer());
  co_return shown(settler, started);
}

Awaitable<Result<Response>> show(Attempts& attempts, Context& context) {
  auto pay_no = api::parse_id<PayNo>(context.param(0), Errc::payment_not_found);
  if (!pay_no) co_return pay_no.error();
  auto read = [&](db::Tx& tx) { return store::find(tx, *pay_no); };
  const auto payment = co_await attempts.services().database.read(read);
  if (!payment) co_return Error(Errc::payment_not_found);
  co_return api::json_response(200, attempts.services().settler.json(*payment));
}

Result<store::Filter> parse_filter(const net::Request& request) {
  store::Filter filter;
  TOLLGATE_TRY(filter.order_id, api::id_param<OrderId>(request, "order_id"));
  TOLLGATE_TRY(filter.account_id, api::text_param(request, "account_id"));
  TOLLGATE_TRY(filter.status, api::text_param(request, "status"));
  if (filter.status && !parse_status(*filter.status))
    return invalid_field("/status", "is not a status of payments");
  return filter;
}

Awaitable<Result<Response>> list(Attempts& attempts, Context& context) {
  auto page = api::parse_page(context.request);
  if (!page) co_return page.error();
  const auto filter = parse_filter(context.request);
  if (!filter) co_return filter.error();
  auto read = [&](db::Tx& tx) {
    return store::list(tx, *filter, page->starting_after, page->limit + 1);
  };
  std::vector<std::string> items;
  const auto payments = co_await attempts.services().database.read(read);
  for (const auto& payment : payments) items.push_back(attempts.services().settler.json(payment));
  co_return api::list_response(std::move(items), *page);
}

Awaitable<Result<Response>> sync(Attempts& attempts, Context& context) {
  auto pay_no = api::parse_id<PayNo>(context.param(0), Errc::payment_not_found);
  if (!pay_no) co_return pay_no.error();
  const auto nothing = api::parse_nothing(context.request);
  if (!nothing) co_return nothing.error();
  auto payment = co_await attempts.query(*pay_no);
  if (!payment) co_return payment.error();
  co_return api::json_response(200, attempts.services().settler.json(*payment));
}

Awaitable<Result<Response>> close(Attempts& attempts, Context& context) {
  auto pay_no = api::parse_id<PayNo>(context.param(0), Errc::payment_not_found);
  if (!pay_no) co_return pay_no.error();
  const auto nothing = api::parse_nothing(context.request);
  if (!nothing) co_return nothing.error();
  auto read = [&](db::Tx& tx) { return store::find(tx, *pay_no); };
  const auto before = co_await attempts.services().database.read(read);
  if (!before) co_return Error(Errc::payment_not_found);
  if (before->status == Status::paid) co_return Error(Errc::order_already_paid);
  if (before->status != Status::pending)
    co_return Error(Errc::payment_closed,
                    "the payment is " + std::string(to_string(before->status)));
  const auto closed = co_await attempts.close(*pay_no, true);
  if (!closed) co_return closed.error();
  co_return co_await show(attempts, context);
}

std::string callback_json(const store::CallbackRow& row) {
  json::Writer out;
  out.begin_object();
  out.field("id", row.id).field("created_at", to_rfc3339(row.received_at));
  out.field("account_id", row.account_id).field("verdict", row.verdict);
  out.key("reason");
  if (row.reason.empty())
    out.null();
  else
    out.text(row.reason);
  out.key("event_id");
  if (row.event_id.empty())
    out.null();
  else
    out.text(row.event_id);
  out.field("event_type", row.event_type).field("state", row.state).field("result", row.result);
  out.key("pay_no");
  if (row.pay_no)
    out.text(row.pay_no.str());
  else
    out.null();
  out.field("size", row.size).field("remote_ip", row.remote_ip);
  out.end_object();
  return out.take();
}

std::string callback_exchange_json(const store::CallbackRow& row) {
  json::Writer out;
  out.begin_object().field("id", row.id);
  out.field("operation", "callback").field("direction", "in");
  out.raw_field("callback", callback_json(row)).end_object();
  return out.take();
}

/// The recorded calls and the callbacks of an attempt in one list. Both have ids of one sequence.
std::vector<std::string> exchanges_of(db::Tx& tx, PayNo pay_no, const api::Page& page) {
  const std::int64_t before = page.starting_after;
  const int limit = page.limit + 1;
  auto found = channel::ExchangeStore::list(tx, pay_no, before, limit);
  for (const auto& row : store::callbacks_of(tx, pay_no, before, limit))
    found.push_back({ExchangeId(row.id.value()), callback_exchange_json(row)});
  std::ranges::sort(found, std::ranges::greater(), &channel::ExchangeStore::Shown::id);
  if (found.size() > static_cast<std::size_t>(limit)) found.resize(static_cast<std::size_t>(limit));
  std::vector<std::string> items;
  for (auto& each : found) items.push_back(std::move(each.json));
  return items;
}

Awaitable<Result<Response>> exchanges(Attempts& attempts, Context& context) {
  auto pay_no = api::parse_id<PayNo>(context.param(0), Errc::payment_not_found);
  if (!pay_no) co_return pay_no.error();
  auto page = api::parse_page(context.request);
  if (!page) co_return page.error();
  auto read = [&](db::Tx& tx) -> Result<std::vector<std::string>> {
    if (!store::find(tx, *pay_no)) return Error(Errc::payment_not_found);
    return exchanges_of(tx, *pay_no, *page);
  };
  auto items = co_await attempts.services().database.read(read);
  if (!items) co_return items.error();
  co_return api::list_response(std::move(*items), *page);
}

Awaitable<Result<Response>> list_callbacks(Attempts& attempts, Context& context) {
  auto page = api::parse_page(context.request);
  if (!page) co_return page.error();
  TOLLGATE_CO_TRY(const auto account, api::text_param(context.request, "account_id"));
  TOLLGATE_CO_TRY(const auto verdict, api::text_param(context.request, "verdict"));
  if (verdict && *verdict != "accepted" && *verdict != "refused")
    co_return invalid_field("/verdict", "must be accepted or refused");
  auto read = [&](db::Tx& tx) {
    return store::list_callbacks(tx, account, verdict, page->starting_after, page->limit + 1);
  };
  std::vector<std::string> items;
  for (const auto& row : co_await attempts.services().database.read(read))
    items.push_back(callback_json(row));
  co_return api::list_response(std::move(items), *page);
}

std::string_view to_string(channel::Breaker::State state) {
  switch (state) {
    case channel::Breaker::State::closed:
      return "closed";
    case channel::Breaker::State::open:
      return "open";
    case channel::Breaker::State::half_open:
      return "half_open";
  }
  return "open";
}

std::string account_json(channel::Account& account) {
  static constexpr std::pair<std::uint32_t, std::string_view> components[] = {
      {TG_OP_PAY, "pay"},
      {TG_OP_CAPTURE, "capture"},
      {TG_OP_QUERY, "query"},
      {TG_OP_CLOSE, "close"},
      {TG_OP_REFUND, "refund"},
      {TG_OP_QUERY_REFUND, "query_refund"},
      {TG_OP_FETCH_BILL, "fetch_bill"},
      {TG_OP_CALLBACK, "callback"}};
  json::Writer out;
  out.begin_object().field("id", account.id()).field("channel", account.channel());
  out.field("breaker", to_string(account.breaker().state()));
  out.key("capabilities").begin_array();
  for (const auto& capability : account.plugin().capabilities()) {
    out.begin_object().field("method", capability.method).field("title", capability.title);
    out.key("currencies").begin_array();
    for (const auto& currency : capability.currencies) out.text(currency);
    out.end_array().key("components").begin_array();
    for (const auto& [operation, word] : components)
      if (capability.components & TG_COMPONENT(operation)) out.text(word);
    out.end_array().end_object();
  }
  out.end_array().end_object();
  return out.take();
}

Awaitable<Result<Response>> accounts(Attempts& attempts, Context&) {
  json::Writer out;
  out.begin_object().key("data").begin_array();
  for (const auto& account : attempts.services().accounts.all()) out.raw(account_json(*account));
  out.end_array().field("has_more", false).end_object();
  co_return api::json_response(200, out.take());
}

api::Handler bind(Awaitable<Result<Response>> (*f)(Attempts&, Context&), Attempts& attempts) {
  return [f, &attempts](Context& context) { return f(attempts, context); };
}

}  // namespace

std::vector<api::Route> routes(Attempts& a, Inbox& inbox, api::Idempotency& idempotency) {
  return {
      {Method::post, "/v1/orders/{id}/payments", Access::merchant,
       [&a, &idempotency](Context& context) { return start(a, idempotency, context); }, true},
      {Method::get, "/v1/payments", Access::merchant, bind(list, a)},
      {Method::get, "/v1/payments/{pay_no}", Access::merchant, bind(show, a)},
      {Method::post, "/v1/payments/{pay_no}/sync", Access::merchant, bind(sync, a)},
      {Method::post, "/v1/payments/{pay_no}/close", Access::merchant, bind(close, a)},
      {Method::get, "/v1/payments/{pay_no}/exchanges", Access::admin, bind(exchanges, a)},
      {Method::get, "/v1/callbacks", Access::admin, bind(list_callbacks, a)},
      {Method::get, "/v1/accounts", Access::admin, bind(accounts, a)},
      {Method::post, "/callbacks/{account_id}", Access::open,
       [&inbox](Context& context) { return inbox.receive(context.param(0), context.request); }},
  };
}

}  // namespace tollgate::payment
