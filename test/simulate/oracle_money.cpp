#include <algorithm>

#include "simulate/oracles.hpp"

namespace tollgate::simulate {
namespace {

using Trades = std::map<std::string, const sandbox::Trade*>;

bool is_paid(const sandbox::Trade& trade) {
  return trade.state == sandbox::TradeState::success;
}

/// One trade that the ledger calls paid.
void check_paid_trade(const Evidence& e, const sandbox::Trade& trade, const PaymentRow& payment,
                      Failures& failures) {
  const std::string name = "trade " + trade.key.out_trade_no;
  const auto late = e.books.late.find(payment.pay_no);
  const bool recorded = late != e.books.late.end();
  const bool lied = e.lied_about.contains(trade.key.out_trade_no);
  if (trade.paid_amount != payment.amount) {
    if (payment.status == "paid" && !lied)
      failures.push_back("O2: " + name + " was paid with another amount and counts as paid");
    if (!recorded || (late->second.amount != trade.paid_amount && !lied))
      failures.push_back("O5: " + name + " was paid with another amount, which is not on record");
    return;
  }
  if (lied && recorded) return;
  if (payment.status != "paid")
    return failures.push_back("O2: " + name + " is paid at the channel, here it is " +
                              payment.status);
  if (payment.trade_no != trade.transaction_id)
    failures.push_back("O2: " + name + " has another transaction here");
  if (payment.late && !recorded)
    failures.push_back("O5: " + name + " came late, which is not on record");
}

void check_trades(const Evidence& e, const std::map<std::int64_t, const PaymentRow*>& payments,
                  Failures& failures) {
  for (const auto& trade : e.trades) {
    if (!is_paid(trade)) continue;
    const auto at = payments.find(std::stoll(trade.key.out_trade_no));
    if (at == payments.end())
      failures.push_back("O2: the trade " + trade.key.out_trade_no + " is unknown here");
    else
      check_paid_trade(e, trade, *at->second, failures);
  }
}

void check_payments(const Evidence& e, const Trades& trades, Failures& failures) {
  for (const auto& payment : e.books.payments) {
    if (payment.status != "paid") continue;
    const auto at = trades.find(std::to_string(payment.pay_no));
    const bool real = at != trades.end() && is_paid(*at->second);
    if (!real)
      failures.push_back("O2: the payment " + std::to_string(payment.pay_no) +
                         " is paid here and not at the channel");
    else if (at->second->paid_amount != payment.amount &&
             !e.lied_about.contains(at->second->key.out_trade_no))
      failures.push_back("O2: the payment " + std::to_string(payment.pay_no) +
                         " is paid with another amount at the channel");
  }
}

/// A paid order has exactly one payment that paid it, every other order none.
void check_once(const Evidence& e, Failures& failures) {
  std::map<std::int64_t, int> payers;
  for (const auto& payment : e.books.payments)
    if (payment.status == "paid" && !payment.late) ++payers[payment.order_id];
  for (const auto& order : e.books.orders) {
    const int wanted = order.status == "paid" || order.status == "refunded" ? 1 : 0;
    if (payers[order.id] != wanted)
      failures.push_back("O1: the order " + std::to_string(order.id) + " is " + order.status +
                         " and has " + std::to_string(payers[order.id]) + " payments that paid it");
  }
  for (const auto& [pay_no, late] : e.books.late)
    if (!std::ranges::any_of(e.books.payments, [&](const auto& p) { return p.pay_no == pay_no; }))
      failures.push_back("O5: late money of no payment: " + std::to_string(pay_no));
}

void check_totals(const Evidence& e, Failures& failures) {
  std::int64_t ledger = 0;
  std::int64_t ours = 0;
  for (const auto& trade : e.trades)
    if (is_paid(trade)) ledger += trade.paid_amount;
  for (const auto& payment : e.books.payments)
    if (payment.status == "paid") ours += payment.amount;
  for (const auto& [pay_no, late] : e.books.late) {
    const auto at = std::ranges::find(e.books.payments, pay_no, &PaymentRow::pay_no);
    if (at != e.books.payments.end() && at->status != "paid") ours += late.amount;
  }
  if (e.lied_about.empty() && ledger != ours)
    failures.push_back("O2: the channel has " + std::to_string(ledger) + ", our books have " +
                       std::to_string(ours));
}

}  // namespace

void check_money(const Evidence& e, Failures& failures) {
  std::map<std::int64_t, const PaymentRow*> payments;
  for (const auto& payment : e.books.payments) payments[payment.pay_no] = &payment;
  Trades trades;
  for (const auto& trade : e.trades) trades[trade.key.out_trade_no] = &trade;
  check_trades(e, payments, failures);
  check_payments(e, trades, failures);
  check_once(e, failures);
  check_totals(e, failures);
}

void check_journal(const Evidence& e, Failures& failures) {
  if (!e.broken_journal.empty()) failures.push_back("O9: " + e.broken_journal);
  if (e.unsealed_events != 0)
    failures.push_back("O9: " + std::to_string(e.unsealed_events) + " events are not sealed");
}

void check_notices(const Evidence& e, Failures& failures) {
  std::set<std::pair<std::string, std::string>> rows;
  for (const auto& row : e.books.callbacks) rows.emplace(row.account_id, row.event_id);
  for (const auto& [account, id] : e.acknowledged)
    if (!rows.contains({account, id}))
      failures.push_back("O3: the notice " + id + " was acknowledged and is not on record");
  for (const auto& id : e.believed)
    failures.push_back("P8: the forged notice " + id + " was acknowledged");
}

}  // namespace tollgate::simulate
