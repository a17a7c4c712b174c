#include "app/adapters.hpp"

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

}  // namespace tollgate::app
