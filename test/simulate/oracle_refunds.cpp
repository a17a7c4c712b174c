#include <algorithm>
#include <cstdlib>

#include "journal/posting.hpp"
#include "simulate/oracles.hpp"

namespace tollgate::simulate {
namespace {

struct Given {
  const sandbox::Trade* trade = nullptr;
  const sandbox::Refund* refund = nullptr;
};
/// By their number, which is ours.
using GivenBack = std::map<std::string, Given>;

void check_given(const GivenBack& given, const Evidence& e, Failures& failures) {
  std::map<std::string, const RefundRow*> rows;
  for (const auto& row : e.books.refunds) rows[std::to_string(row.refund_id)] = &row;
  for (const auto& [number, there] : given) {
    const std::string name = "O6: the refund " + number;
    const auto at = rows.find(number);
    if (at == rows.end()) {
      failures.push_back(name + " is unknown here");
      continue;
    }
    const RefundRow& row = *at->second;
    if (row.amount != there.refund->amount ||
        std::to_string(row.pay_no) != there.trade->key.out_trade_no)
      failures.push_back(name + " is of another amount or payment here");
    const bool done = there.refund->status == "SUCCESS";
    const bool over = done || there.refund->status == "CLOSED";
    if (!over) failures.push_back(name + " is " + there.refund->status + " at the channel");
    if (over && row.status != (done ? "succeeded" : "failed"))
      failures.push_back(name + " is " + there.refund->status + " at the channel, here it is " +
                         row.status);
  }
}

void check_rows(const GivenBack& given, const Evidence& e, Failures& failures) {
  std::map<std::string, std::string> status;
  for (const auto& row : e.books.refunds) {
    const std::string number = std::to_string(row.refund_id);
    status[number] = row.status;
    if (row.status == "succeeded" && !given.contains(number))
      failures.push_back("O6: the refund " + number + " is done here and not at the channel");
    const bool never = row.approval == "required" || row.approval == "rejected";
    if (never && given.contains(number))
      failures.push_back("O6: the channel has the refund " + number + ", which nobody approved");
  }
  for (const auto& [number, amount] : e.refunds_made) {
    const auto at = std::ranges::find_if(
        e.books.refunds, [&](const auto& r) { return std::to_string(r.refund_id) == number; });
    if (at == e.books.refunds.end() || at->amount != amount)
      failures.push_back("P11: the acknowledged refund " + number + " is gone or another");
  }
  for (const auto& [number, told] : e.refunds_told)
    if (told != status[number] && !(told == "failed" && status[number] == "succeeded"))
      failures.push_back("P11: the refund " + number + " was told to be " + told + " and is " +
                         status[number]);
}

/// Never more than was paid, and the order says what went back.
void check_sums(const Evidence& e, Failures& failures) {
  std::map<std::int64_t, std::int64_t> back;        // by payment
  std::map<std::int64_t, std::int64_t> order_back;  // by order, of the payment that paid it
  std::map<std::int64_t, const PaymentRow*> payments;
  for (const auto& payment : e.books.payments) payments[payment.pay_no] = &payment;
  for (const auto& row : e.books.refunds) {
    if (row.status != "succeeded") continue;
    back[row.pay_no] += row.amount;
    const PaymentRow* payment = payments[row.pay_no];
    if (payment && payment->status == "paid" && !payment->late)
      order_back[row.order_id] += row.amount;
  }
  for (const auto& trade : e.trades) {
    const auto pay_no = std::stoll(trade.key.out_trade_no);
    if (back[pay_no] > trade.paid_amount)
      failures.push_back("O6: of the trade " + trade.key.out_trade_no +
                         " more went back than came");
  }
  for (const auto& order : e.books.orders) {
    const std::string name = "O6: the order " + std::to_string(order.id);
    if (order.amount_refunded != order_back[order.id])
      failures.push_back(name + " says that " + std::to_string(order.amount_refunded) +
                         " went back, its refunds say " + std::to_string(order_back[order.id]));
    const bool all = order.amount_refunded == order.amount;
    if ((order.status == "refunded") != all)
      failures.push_back(name + " is " + order.status + " with " +
                         std::to_string(order.amount_refunded) + " refunded");
  }
}

/// Money that no order took ends as configuration wants it.
void check_late(const Evidence& e, Failures& failures) {
  std::map<std::int64_t, bool> failed;  // a refund of it was closed by the channel, or rejected
  std::map<std::int64_t, std::int64_t> back;
  for (const auto& row : e.books.refunds) {
    if (row.status == "failed") failed[row.pay_no] = true;
    if (row.status == "succeeded") back[row.pay_no] += row.amount;
  }
  for (const auto& [pay_no, late] : e.books.late) {
    const std::string number = std::to_string(pay_no);
    if (e.lied_about.contains(number)) continue;
    const std::string name = "O6: the late money of " + number + " is " + late.state;
    if (late.state == "held" && !e.holds_late && !failed[pay_no])
      failures.push_back(name + " though configuration wants it to move");
    if (late.state == "refunded" && back[pay_no] != late.amount)
      failures.push_back(name + " and " + std::to_string(back[pay_no]) + " went back");
    if (late.state == "refunding") failures.push_back(name + " for ever");
    if (late.state == "held" && back[pay_no] >= late.amount)
      failures.push_back(name + " and all of it went back");
  }
}

}  // namespace

void check_refunds(const Evidence& e, Failures& failures) {
  GivenBack given;
  for (const auto& trade : e.trades)
    for (const auto& refund : trade.refunds) given[refund.out_refund_no] = {&trade, &refund};
  check_given(given, e, failures);
  check_rows(given, e, failures);
  check_sums(e, failures);
  check_late(e, failures);
}

void check_postings(const Evidence& e, Failures& failures) {
  std::map<std::string, std::int64_t> posted;  // what the channel holds for us, by payment
  journal::Balances balances;
  for (const auto& row : e.books.postings) {
    auto& ledgers = balances[{row.account_id, "CNY"}];
    ledgers[row.debit] += row.amount;
    ledgers[row.credit] -= row.amount;
    const std::string number = std::to_string(row.pay_no);
    if (row.debit == journal::ledger::channel) posted[number] += row.amount;
    if (row.credit == journal::ledger::channel) posted[number] -= row.amount;
  }
  if (balances != e.balances) failures.push_back("O9: the balances are not the postings' sums");
  std::set<std::string> known;
  for (const auto& trade : e.trades) {
    known.insert(trade.key.out_trade_no);
    if (e.lied_about.contains(trade.key.out_trade_no)) continue;
    std::int64_t there = trade.paid_amount - trade.refunded();
    there -= sandbox::fee_of(trade.paid_amount, e.fee_per_10000);
    for (const auto& refund : trade.refunds)
      if (refund.status == "SUCCESS") there += sandbox::fee_of(refund.amount, e.fee_per_10000);
    if (posted[trade.key.out_trade_no] != there)
      failures.push_back("O9: the channel holds " + std::to_string(there) + " of the trade " +
                         trade.key.out_trade_no + ", the journal says " +
                         std::to_string(posted[trade.key.out_trade_no]));
  }
  for (const auto& [number, amount] : posted)
    if (!known.contains(number) && amount != 0)
      failures.push_back("O9: the journal has money of no trade: " + number);
}

}  // namespace tollgate::simulate
