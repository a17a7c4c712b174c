#include "order/service.hpp"

#include "base/fault.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "order/stock.hpp"

namespace tollgate::order {
namespace {

/// Why a state takes no cancel.
Error refusal_of(Status status) {
  if (status == Status::paid || status == Status::refunded) return Error(Errc::order_already_paid);
  return Error(Errc::order_closed, "the order is " + std::string(to_string(status)));
}

Error busy() {
  Error error(Errc::payment_in_progress, "a payment of this order is being started or closed");
  error.retry_after_s = 1;
  return error;
}

}  // namespace

OrderService::OrderService(Options options, Services services, TokenMint mint)
    : options_(std::move(options)), services_(services), mint_(std::move(mint)) {}

OrderService::Draft OrderService::draft(Order order) {
  order.id = services_.ids.next_id<OrderId>();
  std::string shown = json(order, {});
  return {std::move(order), std::move(shown)};
}

Result<OrderService::Created> OrderService::create(db::Tx& tx, Draft& draft) {
  Order& order = draft.order;
  const auto existing = store::find_live(tx, order.user_id, order.business_id);
  if (existing) return Created{json(tx, *store::find(tx, *existing)), true};
  TOLLGATE_TRY([[maybe_unused]] const bool locked, stock::lock(tx, order.items));
  store::insert(tx, order);
  services_.jobs.schedule_first(tx, expire_job, order.id.value(), order.expires_at);
  services_.outbox.append(tx, outbox::Event("order.created", order.id, draft.json));
  return Created{draft.json, false};
}

bool OrderService::change(db::Tx& tx, OrderId id, Status from, Status to,
                          std::optional<TimeMs> paid_at) {
  const auto* transition = find_transition(from, to);
  TOLLGATE_RULE(transition != nullptr);
  if (!store::change_status(tx, id, from, to, paid_at)) return false;
  auto order = store::find(tx, id);
  if (from == Status::unpaid) {
    if (to == Status::paid)
      stock::consume(tx, *order);
    else
      stock::release(tx, *order);
    services_.jobs.cancel(tx, expire_job, id.value());
  }
  services_.outbox.append(tx, outbox::Event(std::string(transition->event), id, json(tx, *order)));
  tx.after_commit([this, from, to] {  // the unit may run twice
    services_.metrics
        .counter("tollgate_order_transitions_total", "Changes of orders' states",
                 {{"from", to_string(from)}, {"to", to_string(to)}})
        .add();
  });
  return true;
}

bool OrderService::mark_paid(db::Tx& tx, OrderId id, TimeMs paid_at) {
  return change(tx, id, Status::unpaid, Status::paid, paid_at);
}

bool OrderService::mark_failed(db::Tx& tx, OrderId id) {
  return change(tx, id, Status::unpaid, Status::failed);
}

bool OrderService::take_late(db::Tx& tx, OrderId id, TimeMs paid_at) {
  const auto order = store::find(tx, id);
  if (!order) return false;
  const bool over = order->status == Status::expired || order->status == Status::cancelled;
  if (!over || store::find_live(tx, order->user_id, order->business_id)) return false;
  if (!stock::sell(tx, *order)) return false;
  return change(tx, id, order->status, Status::paid, paid_at);
}

void OrderService::refunded(db::Tx& tx, OrderId id, std::int64_t amount) {
  if (!store::add_refunded(tx, id, amount)) {
    log::error("order.refund_exceeds", {{"order_id", id}, {"amount", amount}});
    return;
  }
  const auto order = store::find(tx, id);
  if (order->amount_refunded == order->amount) change(tx, id, Status::paid, Status::refunded);
}

boost::asio::awaitable<Result<std::string>> OrderService::show(OrderId id) {
  auto read = [&](db::Tx& tx) -> Result<std::string> {
    const auto order = store::find(tx, id);
    if (!order) return Error(Errc::order_not_found);
    return json(tx, *order);
  };
  co_return co_await services_.database.read(read);
}

boost::asio::awaitable<Result<Order>> OrderService::begin_cancel(OrderId id) {
  auto begin = [&](db::Tx& tx) -> Result<Order> {
    auto order = store::find(tx, id);
    if (!order) return Error(Errc::order_not_found);
    if (order->status != Status::unpaid) return refusal_of(order->status);
    const TimeMs now = services_.clock.now();
    order->closing_until = now.plus_ms(options_.closing_lease_ms);
    if (!store::begin_closing(tx, id, now, order->closing_until)) return busy();
    return std::move(*order);
  };
  auto begun = co_await services_.database.write(begin);
  if (begun) fault::point("closing.begun");
  co_return begun;
}

/// unpaid → cancelled or expired, unless an attempt has been opened or the order was paid
/// meanwhile.
boost::asio::awaitable<bool> OrderService::end_without_money(const Order& taken, Status to) {
  auto end = [&](db::Tx& tx) {
    if (payments_->has_open(tx, taken.id)) {
      store::end_closing(tx, taken.id, taken.closing_until);
      return false;
    }
    return change(tx, taken.id, Status::unpaid, to);
  };
  fault::point("closing.payment_closed");
  const bool ended = co_await services_.database.write(end);
  fault::point("closing.ended");
  co_return ended;
}

boost::asio::awaitable<void> OrderService::give_back(const Order& taken) {
  auto end = [&](db::Tx& tx) {
    store::end_closing(tx, taken.id, taken.closing_until);
    return true;
  };
  co_await services_.database.write(end);
}

boost::asio::awaitable<Result<std::string>> OrderService::cancel(OrderId id) {
  auto begun = co_await begin_cancel(id);
  if (!begun) co_return begun.error();
  const auto closed = co_await payments_->close_open(id);
  if (!closed) {
    if (closed.error().code != Errc::order_already_paid) co_await give_back(*begun);
    co_return closed.error();
  }
  if (!co_await end_without_money(*begun, Status::cancelled)) {
    auto look = [&](db::Tx& tx) { return store::find(tx, id); };
    const auto now = co_await services_.database.read(look);
    co_return now->status == Status::unpaid ? busy() : refusal_of(now->status);
  }
  co_return co_await show(id);
}

boost::asio::awaitable<outbox::JobResult> OrderService::expire(const outbox::Job& job) {
  const OrderId id(job.subject);
  const TimeMs now = services_.clock.now();
  const auto again = [&](std::int64_t ms) { return outbox::JobResult(now.plus_ms(ms)); };
  auto begun = co_await begin_cancel(id);
  if (!begun) {
    if (begun.error().code == Errc::payment_in_progress) co_return again(1'000);
    co_return std::nullopt;  // paid, cancelled, failed: nothing to expire
  }
  const auto closed = co_await payments_->close_open(id);
  if (closed) {
    const bool ended = co_await end_without_money(*begun, Status::expired);
    co_return ended ? std::nullopt : again(1'000);
  }
  if (closed.error().code == Errc::order_already_paid) co_return std::nullopt;
  // The order stays closing, never closed, until the channel has answered.
  co_await give_back(*begun);
  if (closed.error().code == Errc::payment_in_progress) co_return again(1'000);
  log::warn("order.expiry_waits", {{"order_id", id}, {"attempt", job.attempt}});
  const int doublings = std::min(job.attempt, 6);
  co_return again(std::min<std::int64_t>(5'000LL << doublings, 300'000));
}

std::string OrderService::json(db::Tx& tx, const Order& order) {
  return json(order, payments_->list_json(tx, order.id));
}

std::string OrderService::json(const Order& o, const std::vector<std::string>& payments) {
  const std::string token = mint_.mint(o.id);
  json::Writer out;
  out.begin_object();
  out.field("id", o.id).field("status", to_string(o.status));
  out.field("user_id", o.user_id).field("business_id", o.business_id);
  out.field("order_type", o.order_type).field("currency", o.currency).field("amount", o.amount);
  out.field("amount_refunded", o.amount_refunded).field("description", o.description);
  out.key("items").begin_array();
  for (const auto& item : o.items) {
    out.begin_object().field("goods_id", item.goods_id).field("goods_type", item.goods_type);
    out.field("name", item.name).field("unit_price", item.unit_price);
    out.field("quantity", item.quantity).end_object();
  }
  out.end_array();
  out.raw_field("metadata", o.metadata);
  out.key("payments").begin_array();
  for (const auto& payment : payments) out.raw(payment);
  out.end_array();
  out.field("cashier_url", options_.public_url + "/pay/" + token);
  out.field("scan_url", options_.public_url + "/pay/requestpay/" + token);
  out.field("created_at", to_rfc3339(o.created_at)).field("expires_at", to_rfc3339(o.expires_at));
  out.key("paid_at");
  if (o.paid_at)
    out.text(to_rfc3339(*o.paid_at));
  else
    out.null();
  out.end_object();
  return out.take();
}

}  // namespace tollgate::order
