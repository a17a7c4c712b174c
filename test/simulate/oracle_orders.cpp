#include <algorithm>

#include "simulate/oracles.hpp"
#include "simulate/shop.hpp"

namespace tollgate::simulate {

namespace {

/// Whether an order that was told to be over in one state may be in another. `took_late`: it took
/// late money after all.
bool may_become(const std::string& told, const std::string& now, bool took_late) {
  if (told == now) return true;
  if (told == "paid") return now == "refunded";
  const bool over = told == "expired" || told == "cancelled";
  return over && took_late && (now == "paid" || now == "refunded");
}

}  // namespace

void check_orders(const Evidence& e, Failures& failures) {
  std::map<std::string, std::string> status;
  std::map<std::pair<std::string, std::string>, int> live;
  std::set<std::string> took_late;
  for (const auto& payment : e.books.payments) {
    const auto late = e.books.late.find(payment.pay_no);
    if (late != e.books.late.end() && late->second.state == "accepted")
      took_late.insert(std::to_string(payment.order_id));
  }
  for (const auto& order : e.books.orders) {
    status[std::to_string(order.id)] = order.status;
    const bool lives = order.status == "unpaid" || order.status == "paid";
    if (lives && ++live[{order.user_id, order.business_id}] > 1)
      failures.push_back("P6: two living orders of " + order.user_id + " " + order.business_id);
    if (lives != order.live.has_value())
      failures.push_back("P6: the order " + std::to_string(order.id) + " is marked wrongly");
  }
  for (const auto& id : e.made)
    if (!status.contains(id)) failures.push_back("P11: the acknowledged order " + id + " is gone");
  for (const auto& [id, last] : e.told)
    if (!may_become(last, status[id], took_late.contains(id)))
      failures.push_back("P11: the order " + id + " was told to be " + last + " and is " +
                         status[id]);
}

void check_stock(const Evidence& e, Failures& failures) {
  const auto at = e.books.stock.find(scarce_goods);
  if (at == e.books.stock.end()) return failures.push_back("the stock is gone");
  const StockRow& stock = at->second;
  std::map<std::int64_t, std::string> status;
  for (const auto& order : e.books.orders) status[order.id] = order.status;
  std::int64_t sold = 0;
  std::int64_t locked = 0;
  for (const auto& item : e.books.items) {
    if (item.goods_id != scarce_goods) continue;
    if (status[item.order_id] == "paid" || status[item.order_id] == "refunded")
      sold += item.quantity;
    if (item.locked) locked += item.quantity;
    if (item.locked && status[item.order_id] != "unpaid")
      failures.push_back("stock: the order " + std::to_string(item.order_id) +
                         " is over and still holds some");
  }
  if (stock.available + stock.locked + stock.sold != scarce_stock)
    failures.push_back("stock leaked: " + std::to_string(stock.available) + " available, " +
                       std::to_string(stock.locked) + " locked, " + std::to_string(stock.sold) +
                       " sold of " + std::to_string(scarce_stock));
  if (stock.sold != sold || sold > scarce_stock)
    failures.push_back("stock: " + std::to_string(stock.sold) + " are sold, paid orders hold " +
                       std::to_string(sold));
  if (stock.locked != locked)
    failures.push_back("stock: " + std::to_string(stock.locked) + " are locked, orders hold " +
                       std::to_string(locked));
}

void check_idle(const Evidence& e, Failures& failures) {
  const auto complain = [&](const std::string& what) { failures.push_back("O8: " + what); };
  for (const auto& job : e.books.jobs)
    if (job.kind != "reconcile_daily")
      complain("a job is left: " + job.kind + " of " + std::to_string(job.subject));
  for (const auto& row : e.books.deliveries)
    if (row.status == "pending")
      complain("the delivery of " + std::to_string(row.event_id) + " to " +
               std::to_string(row.webhook_id) + " is pending");
  for (const auto& row : e.books.callbacks)
    if (row.state == "received") complain("the notice " + row.event_id + " is not applied");
  for (const auto& refund : e.books.refunds)
    if (refund.status == "pending")
      complain("the refund " + std::to_string(refund.refund_id) + " is pending");
  if (std::ranges::count(e.books.jobs, "reconcile_daily", &JobRow::kind) != 1)
    complain("the daily job is not there once");
  std::map<std::int64_t, int> open;
  for (const auto& order : e.books.orders) {
    if (order.status == "unpaid") complain("the order " + std::to_string(order.id) + " is unpaid");
    if (order.closing_until != 0) complain("the order " + std::to_string(order.id) + " is taken");
  }
  for (const auto& payment : e.books.payments) {
    const std::string name = "the payment " + std::to_string(payment.pay_no);
    if (payment.status == "pending") complain(name + " is pending");
    if (payment.calling_until != 0) complain(name + " is taken");
    if (payment.open && ++open[payment.order_id] > 1) complain(name + " is the second open one");
  }
  if (e.books.running_keys != 0)
    complain(std::to_string(e.books.running_keys) + " idempotency keys never got an answer");
}

void check_secrets(const Evidence& e, Failures& failures) {
  for (const auto& place : e.leaks) failures.push_back("O7: a secret stands in " + place);
}

Failures check_all(const Evidence& evidence) {
  Failures failures;
  for (const auto check :
       {check_money, check_notices, check_events, check_deliveries, check_orders, check_stock,
        check_idle, check_secrets, check_journal, check_refunds, check_postings, check_bills})
    check(evidence, failures);
  return failures;
}

}  // namespace tollgate::simulate
