#include "sandbox/ledger.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::sandbox {

std::string_view to_string(TradeState state) {
  switch (state) {
    case TradeState::notpay:
      return "NOTPAY";
    case TradeState::success:
      return "SUCCESS";
    case TradeState::closed:
      return "CLOSED";
  }
  return "";
}

Change Ledger::place(Trade wish) {
  const std::lock_guard lock(mutex_);
  if (const auto at = by_key_.find(wish.key); at != by_key_.end())
    return replace(trades_[at->second], wish, at->second);
  if (trades_.size() >= max_trades) return {Verdict::full, {}};
  const std::size_t position = trades_.size();
  by_key_.emplace(wish.key, position);
  by_number_[wish.key.out_trade_no] = position;
  by_handle_.emplace(wish.handle, position);
  placements_.push_back(1);
  trades_.push_back(std::move(wish));
  return {Verdict::done, trades_.back()};
}

Change Ledger::replace(Trade& trade, const Trade& wish, std::size_t position) {
  if (trade.parameters != wish.parameters) return {Verdict::other_parameters, trade};
  if (trade.state == TradeState::success) return {Verdict::paid, trade};
  if (trade.state == TradeState::closed) return {Verdict::closed, trade};
  if (wish.created_at >= trade.expires_at) return {Verdict::expired, trade};
  if (placements_[position] < max_placements) {
    ++placements_[position];
    trade.handle = wish.handle;
    trade.code_url = wish.code_url;
    trade.prepay_id = wish.prepay_id;
    trade.h5_url = wish.h5_url;
    by_handle_.emplace(trade.handle, position);
  }
  return {Verdict::again, trade};
}

Change Ledger::pay(const TradeKey& key, const Payment& payment) {
  const std::lock_guard lock(mutex_);
  Trade* trade = locate(key);
  if (!trade) return {Verdict::unknown, {}};
  if (trade->state == TradeState::success) return {Verdict::paid, *trade};
  if (trade->state == TradeState::closed) return {Verdict::closed, *trade};
  if (payment.at >= trade->expires_at) return {Verdict::expired, *trade};
  trade->state = TradeState::success;
  trade->transaction_id = payment.transaction_id;
  trade->notice_id = payment.notice_id;
  trade->paid_amount = payment.amount;
  trade->paid_at = payment.at;
  if (trade->payer.empty()) trade->payer = payment.payer;
  by_transaction_.emplace(trade->transaction_id, by_key_.at(key));
  return {Verdict::done, *trade};
}

Change Ledger::close(const TradeKey& key) {
  const std::lock_guard lock(mutex_);
  Trade* trade = locate(key);
  if (!trade) return {Verdict::unknown, {}};
  if (trade->state == TradeState::success) return {Verdict::paid, *trade};
  if (trade->state == TradeState::closed) return {Verdict::again, *trade};
  trade->state = TradeState::closed;
  return {Verdict::done, *trade};
}

std::optional<Trade> Ledger::find(const TradeKey& key) const {
  const std::lock_guard lock(mutex_);
  const auto at = by_key_.find(key);
  if (at == by_key_.end()) return std::nullopt;
  return trades_[at->second];
}

std::optional<Trade> Ledger::find_number(std::string_view out_trade_no) const {
  return copy_at(by_number_, out_trade_no);
}
std::optional<Trade> Ledger::find_transaction(std::string_view transaction_id) const {
  return copy_at(by_transaction_, transaction_id);
}
std::optional<Trade> Ledger::find_handle(std::string_view handle) const {
  return copy_at(by_handle_, handle);
}

std::vector<Trade> Ledger::all() const {
  const std::lock_guard lock(mutex_);
  return {trades_.begin(), trades_.end()};
}

std::vector<Trade> Ledger::payable(TimeMs now, std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<Trade> out;
  for (auto trade = trades_.rbegin(); trade != trades_.rend() && out.size() < limit; ++trade)
    if (trade->state == TradeState::notpay && now < trade->expires_at) out.push_back(*trade);
  return out;
}

void Ledger::record_notice(const TradeKey& key, NoticeAttempt attempt) {
  const std::lock_guard lock(mutex_);
  Trade* trade = locate(key);
  if (!trade) return;
  const auto earlier = std::find_if(trade->notices.rbegin(), trade->notices.rend(),
                                    [&](const auto& other) { return other.id == attempt.id; });
  attempt.attempt = earlier == trade->notices.rend() ? 1 : earlier->attempt + 1;
  if (trade->notices.size() >= max_notices) trade->notices.erase(trade->notices.begin());
  trade->notices.push_back(std::move(attempt));
}

std::map<std::string, MerchantTotals> Ledger::totals() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, MerchantTotals> out;
  for (const auto& trade : trades_) {
    auto& total = out[trade.key.mch_id];
    if (trade.state == TradeState::success) {
      ++total.paid_count;
      total.paid_amount += trade.paid_amount;
    }
    for (const auto& refund : trade.refunds) {
      if (refund.status != "SUCCESS") continue;
      ++total.refunded_count;
      total.refunded_amount += refund.amount;
    }
  }
  return out;
}

Trade* Ledger::locate(const TradeKey& key) {
  const auto at = by_key_.find(key);
  return at == by_key_.end() ? nullptr : &trades_[at->second];
}

std::optional<Trade> Ledger::copy_at(const std::unordered_map<std::string, std::size_t>& index,
                                     std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto at = index.find(std::string(name));
  if (at == index.end()) return std::nullopt;
  return trades_[at->second];
}

}  // namespace tollgate::sandbox
