#include <algorithm>
#include <utility>

#include "simulate/oracles.hpp"
#include "simulate/shop.hpp"

namespace tollgate::simulate {
namespace {

struct Told {
  std::string status;
  bool late = false;
  bool mismatched = false;
};

/// Follows one payment through its events; false where the event may not follow.
bool follow(Told& now, const std::string& type) {
  const std::string before = now.status;
  const bool open_or_over = before == "pending" || before == "closed" || before == "failed";
  if (type == "payment.created") return now.status = "pending", before.empty();
  if (type == "payment.closed") return now.status = "closed", before == "pending";
  if (type == "payment.failed") return now.status = "failed", before == "pending";
  if (type == "payment.paid") {
    // Late money may be taken after all.
    const bool taken = before == "paid" && now.late;
    now.status = "paid";
    now.late = false;
    return open_or_over || taken;
  }
  if (type == "payment.late") return now.status = "paid", now.late = true, open_or_over;
  if (type == "payment.mismatched") {
    // Told once, also of an attempt that was paid before another amount was spoken of.
    if (before == "pending") now.status = "failed";
    const bool first = !now.mismatched;
    now.mismatched = true;
    return first && !before.empty();
  }
  return false;
}

void check_payment_events(const Evidence& e, Failures& failures) {
  std::map<std::int64_t, Told> told;
  for (const auto& event : e.books.events) {
    if (!event.type.starts_with("payment.")) continue;
    const std::string pay_no = member(event.data, "pay_no");
    if (!follow(told[std::stoll(pay_no)], event.type))
      failures.push_back("O4: the event " + event.type + " of " + pay_no + " may not follow");
  }
  for (const auto& payment : e.books.payments) {
    const Told& last = told[payment.pay_no];
    if (last.status != payment.status || last.late != payment.late)
      failures.push_back("O4: the payment " + std::to_string(payment.pay_no) + " is " +
                         payment.status + ", its events say " + last.status);
  }
}

/// Whether one state of an order may follow the other.
bool may_follow(const std::string& before, const std::string& after) {
  static const std::set<std::pair<std::string, std::string>> steps{
      {"", "created"},       {"created", "paid"},  {"created", "cancelled"}, {"created", "expired"},
      {"created", "failed"}, {"paid", "refunded"}, {"expired", "paid"},      {"cancelled", "paid"}};
  return steps.contains({before, after});
}

void check_refund_events(const Evidence& e, Failures& failures) {
  std::map<std::string, std::string> told;
  for (const auto& event : e.books.events) {
    constexpr std::string_view family = "refund.";
    if (!event.type.starts_with(family)) continue;
    const std::string id = member(event.data, "refund_id");
    const std::string before = std::exchange(told[id], event.type.substr(family.size()));
    const std::string& now = told[id];
    const bool follows = now == "created"     ? before.empty()
                         : now == "succeeded" ? before == "created" || before == "failed"
                                              : before == "created";
    if (!follows)
      failures.push_back("O4: the event " + event.type + " of " + id + " may not follow");
  }
  for (const auto& refund : e.books.refunds) {
    const std::string last = refund.status == "pending" ? "created" : refund.status;
    if (told[std::to_string(refund.refund_id)] != last)
      failures.push_back("O4: the refund " + std::to_string(refund.refund_id) + " is " +
                         refund.status + ", its events say otherwise");
  }
}

void check_order_events(const Evidence& e, Failures& failures) {
  std::map<std::int64_t, std::string> told;
  for (const auto& event : e.books.events) {
    if (!event.type.starts_with("order.")) continue;
    const std::string step = event.type.substr(std::string("order.").size());
    const std::string before = std::exchange(told[event.order_id], step);
    if (!may_follow(before, step))
      failures.push_back("O4: the event " + event.type + " of the order " +
                         std::to_string(event.order_id) + " follows " + before);
    const std::string wanted = step == "created" ? "unpaid" : step;
    if (member(event.data, "status") != wanted)
      failures.push_back("O4: the event " + event.type + " shows another state");
  }
  for (const auto& order : e.books.orders) {
    const std::string wanted = order.status == "unpaid" ? "created" : order.status;
    if (told[order.id] != wanted)
      failures.push_back("O4: the order " + std::to_string(order.id) + " is " + order.status +
                         ", its events say " + told[order.id]);
  }
}

}  // namespace

void check_events(const Evidence& e, Failures& failures) {
  check_order_events(e, failures);
  check_payment_events(e, failures);
  check_refund_events(e, failures);
}

void check_deliveries(const Evidence& e, Failures& failures) {
  std::map<std::pair<std::int64_t, std::int64_t>, const DeliveryRow*> rows;
  for (const auto& row : e.books.deliveries) rows[{row.event_id, row.webhook_id}] = &row;
  for (const auto& endpoint : e.endpoints) {
    std::set<std::string> real;
    for (const auto& event : e.books.events) {
      const std::string id = std::to_string(event.id);
      real.insert(id);
      if (!endpoint.wants(event.type)) continue;
      const auto row = rows.find({event.id, std::stoll(endpoint.webhook_id)});
      const auto got = endpoint.got.find(id);
      const std::string what = event.type + " " + id + " to " + endpoint.host;
      if (row == rows.end())
        failures.push_back("O4: there is no delivery of " + what);
      else if (row->second->status == "delivered" && got == endpoint.got.end())
        failures.push_back("O4: what counts as delivered never came: " + what);
      if (got != endpoint.got.end() &&
          got->second.find("\"data\":" + event.data) == std::string::npos)
        failures.push_back("O4: another content came of " + what);
    }
    for (const auto& [id, body] : endpoint.got)
      if (!real.contains(id)) failures.push_back("O4: a webhook of no event came: " + id);
  }
}

}  // namespace tollgate::simulate
