#include <algorithm>

#include "simulate/oracles.hpp"

namespace tollgate::simulate {
namespace {

/// What our books say came in for a payment.
std::int64_t received(const Evidence& e, const PaymentRow& payment) {
  if (payment.status == "paid") return payment.amount;
  const auto late = e.books.late.find(payment.pay_no);
  return late == e.books.late.end() ? 0 : late->second.amount;
}

/// Of a fault that was put into a bill, what it must lead to.
void check_plant(const Plant& plant, Failures& failures) {
  const std::string name = "O10: " + plant.fault + " in the bill of " + plant.date + " of " +
                           plant.account + " for " + plant.number;
  if (!plant.completed) return failures.push_back(name + " kept it from its end");
  if (plant.kind.empty()) return;
  const auto found = std::ranges::find_if(plant.found, [&](const DifferenceRow& d) {
    return d.number == plant.number && d.kind == plant.kind;
  });
  if (found == plant.found.end()) return failures.push_back(name + " was not found");
  const bool waits = plant.kind == "missing_at_channel" && found->resolution == "pooled";
  if (found->resolution != (plant.asked ? "confirmed" : "operator") && !waits)
    failures.push_back(name + " became " + found->resolution);
}

void check_differences(const Evidence& e, Failures& failures) {
  std::set<std::string> found;  // and still differing, though an operator may have looked at them
  for (const auto& difference : e.books.differences) {
    const std::string& pay_no = difference.pay_no;
    if (!difference.settled || difference.resolution == "resolved") found.insert(pay_no);
    if (!difference.settled && !e.lied_about.contains(pay_no))
      failures.push_back("O10: " + difference.kind + " of " + difference.number + " is left " +
                         difference.resolution + " on " + difference.bill_date);
  }
  std::map<std::string, std::int64_t> there;
  for (const auto& trade : e.trades) there[trade.key.out_trade_no] = trade.paid_amount;
  for (const auto& payment : e.books.payments) {
    const std::string number = std::to_string(payment.pay_no);
    if (received(e, payment) != there[number] && !found.contains(number))
      failures.push_back("O10: the bills did not find that " + number + " differs");
  }
}

void check_health(const Evidence& e, Failures& failures) {
  using app::Unexplained;
  const auto held = std::ranges::count_if(
      e.books.late, [](const auto& row) { return row.second.state == "held"; });
  const auto open = std::ranges::count_if(e.books.differences, [](const DifferenceRow& d) {
    return !d.settled && d.resolution != "pooled";
  });
  for (const auto kind : app::unexplained_kinds) {
    const auto count = e.unexplained.at(static_cast<std::size_t>(kind));
    const std::int64_t wanted = kind == Unexplained::late_money_held    ? held
                                : kind == Unexplained::differences_open ? open
                                                                        : 0;
    if (count != wanted)
      failures.push_back("O10: money health says " + std::to_string(count) + " " +
                         std::string(app::to_string(kind)) + ", there are " +
                         std::to_string(wanted));
  }
}

}  // namespace

void check_bills(const Evidence& e, Failures& failures) {
  for (const auto& plant : e.plants) check_plant(plant, failures);
  for (const auto& day : e.days_left_out) failures.push_back("O10: nobody reconciled " + day);
  for (const auto& r : e.books.reconciliations)
    if (r.status != "completed")
      failures.push_back("O10: the reconciliation of " + r.bill_date + " of " + r.account_id +
                         " is " + r.status);
  check_differences(e, failures);
  check_health(e, failures);
}

}  // namespace tollgate::simulate
