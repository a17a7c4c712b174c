#include "app/adapters.hpp"

#include "payment/late.hpp"
#include "payment/store.hpp"

namespace tollgate::app {

std::optional<payment::PayableOrder> OrdersForPayments::find(db::Tx& tx, OrderId id) {
  const auto order = orders_.find(tx, id);
  if (!order) return std::nullopt;
  const auto currency = Currency::parse(order->currency);
  TOLLGATE_ASSERT(currency.has_value());
  const bool paid =
      order->status == order::Status::paid || order->status == order::Status::refunded;
  return payment::PayableOrder{
      id,
      std::string(to_string(order->status)),
      order->status == order::Status::unpaid,
      paid,
      Money(order->amount, *currency),
      order->description,
      orders_.options().public_url + "/pay/return/" + orders_.tokens().mint(id),
      order->expires_at,
      order->closing_until};
}

bool OrdersForPayments::mark_paid(db::Tx& tx, OrderId id, TimeMs paid_at) {
  return orders_.mark_paid(tx, id, paid_at);
}

bool OrdersForPayments::mark_failed(db::Tx& tx, OrderId id) {
  return orders_.mark_failed(tx, id);
}

bool OrdersForPayments::take_late(db::Tx& tx, OrderId id, TimeMs paid_at) {
  return orders_.take_late(tx, id, paid_at);
}

std::vector<std::string> PaymentsForOrders::list_json(db::Tx& tx, OrderId id) {
  std::vector<std::string> shown;
  for (const auto& payment : payment::store::of_order(tx, id))
    shown.push_back(attempts_.services().settler.json(payment));
  return shown;
}

bool PaymentsForOrders::has_open(db::Tx& tx, OrderId id) {
  return payment::store::find_open(tx, id).has_value();
}

boost::asio::awaitable<Result<void>> PaymentsForOrders::close_open(OrderId id) {
  return attempts_.close_open(id);
}

std::optional<refund::Received> PaymentsForRefunds::find(db::Tx& tx, PayNo pay_no) {
  const auto payment = payment::store::find(tx, pay_no);
  if (!payment) return std::nullopt;
  refund::Received received;
  received.pay_no = pay_no;
  received.order_id = payment->order_id;
  received.account_id = payment->account_id;
  received.channel = payment->channel;
  received.method = payment->method;
  received.currency = payment->currency;
  received.channel_trade_no = payment->channel_trade_no.value_or("");
  if (payment->status == payment::Status::paid) {
    received.amount = payment->amount;
    received.of_order = !payment->late;
  } else if (const auto late = payment::store::find_late(tx, pay_no)) {
    received.amount = late->amount;
    received.currency = late->currency;
    received.channel_trade_no = late->channel_trade_no;
  }
  return received;
}

std::optional<PayNo> PaymentsForRefunds::paid_of(db::Tx& tx, OrderId id) {
  return payment::store::find_paid(tx, id);
}

void PaymentsForRefunds::late_money_moves(db::Tx& tx, PayNo pay_no, std::string_view state) {
  payment::store::set_late_state(tx, pay_no, state);
}

bool OrdersForRefunds::exists(db::Tx& tx, OrderId id) {
  return orders_.find(tx, id).has_value();
}

void OrdersForRefunds::refunded(db::Tx& tx, OrderId id, std::int64_t amount) {
  orders_.refunded(tx, id, amount);
}

std::string_view RefundsForPayments::apply(db::Tx& tx, const std::string& account_id,
                                           const payment::Fact& fact) {
  refund::News news;
  news.verdict = fact.verdict;
  news.reason = fact.reason;
  news.refund_no = fact.refund_no;
  news.pay_no = fact.pay_no;
  news.channel_refund_no = fact.channel_refund_no;
  news.currency = fact.currency;
  news.code = fact.code;
  news.message = fact.message;
  news.amount = fact.refund_amount;
  news.time = fact.time;
  news.foreign = fact.of_another;
  return to_string(book_.apply(tx, account_id, news, "callback"));
}

void RefundsForPayments::give_back(db::Tx& tx, PayNo pay_no, std::string_view cause) {
  book_.begin_by_itself(tx, pay_no, cause);
}

}  // namespace tollgate::app
