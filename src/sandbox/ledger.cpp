#include "sandbox/ledger.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::sandbox {
namespace {

/// Why a trade that is over takes no more; done for one that is not.
Verdict ended(const Trade& trade) {
  switch (trade.state) {
    case TradeState::success:
      return Verdict::paid;
    case TradeState::closed:
      return Verdict::closed;
    case TradeState::failed:
      return Verdict::failed;
    default:
      return Verdict::done;
  }
}

}  // namespace

std::string_view to_string(TradeState state) {
  switch (state) {
    case TradeState::notpay:
      return "NOTPAY";
    case TradeState::approved:
      return "APPROVED";
    case TradeState::pending:
      return "PENDING";
    case TradeState::success:
      return "SUCCESS";
    case TradeState::closed:
      return "CLOSED";
    case TradeState::failed:
      return "FAILED";
  }
  return "";
}

Change Ledger::place(Trade wish) {
  const std::lock_guard lock(mutex_);
  if (const auto at = by_key_.find(wish.key); at != by_key_.end())
    return replace(at->second, std::move(wish));
  if (trades_.size() >= max_trades) return {Verdict::full, {}};
  const std::size_t position = trades_.size();
  by_key_.emplace(wish.key, position);
  by_number_[wish.number()] = position;
  by_number_[wish.key.out_trade_no] = position;
  by_handle_.emplace(wish.handle, position);
  if (!wish.transaction_id.empty()) by_transaction_.emplace(wish.transaction_id, position);
  placements_.push_back(1);
  trades_.push_back(std::move(wish));
  return {Verdict::done, trades_.back()};
}

Change Ledger::replace(std::size_t position, Trade wish) {
  Trade& trade = trades_[position];
  const bool late = trade.state == TradeState::notpay && wish.created_at >= trade.expires_at;
  if (wish.anew && (trade.state == TradeState::failed || late)) {
    wish.notices = std::move(trade.notices);
    trade = std::move(wish);
    by_handle_.emplace(trade.handle, position);
    return {Verdict::done, trade};
  }
  if (trade.parameters != wish.parameters) return {Verdict::other_parameters, trade};
  if (const Verdict over = ended(trade); over != Verdict::done) return {over, trade};
  if (late) return {Verdict::expired, trade};
  if (placements_[position] < max_placements) {
    ++placements_[position];
    trade.handle = wish.handle;
    trade.links = wish.links;
    by_handle_.emplace(trade.handle, position);
  }
  return {Verdict::again, trade};
}

Change Ledger::change(const TradeKey& key, const std::function<Verdict(Trade&)>& step) {
  const std::lock_guard lock(mutex_);
  Trade* trade = locate(key);
  if (!trade) return {Verdict::unknown, {}};
  const Verdict verdict = step(*trade);
  return {verdict, *trade};
}

Change Ledger::pay(const TradeKey& key, const Payment& payment) {
  return change(key, [&](Trade& trade) {
    const Verdict over = ended(trade);
    const bool reopened = over == Verdict::closed && payment.late;
    if (over != Verdict::done && !reopened) return over;
    if (trade.state == TradeState::notpay && payment.at >= trade.expires_at && !payment.late)
      return Verdict::expired;
    trade.state = payment.state;
    trade.opened = true;
    if (trade.transaction_id.empty()) trade.transaction_id = payment.transaction_id;
    trade.paid_amount = payment.state == TradeState::success ? payment.amount : 0;
    trade.paid_at = payment.at;
    trade.told.push_back({payment.notice_id, payment.kind});
    if (trade.payer.empty()) trade.payer = payment.payer;
    if (!trade.transaction_id.empty())
      by_transaction_.emplace(trade.transaction_id, by_key_.at(key));
    return Verdict::done;
  });
}

Change Ledger::approve(const TradeKey& key, const Payment& agreed) {
  return change(key, [&](Trade& trade) {
    if (const Verdict over = ended(trade); over != Verdict::done) return over;
    if (trade.state != TradeState::notpay) return Verdict::again;
    if (agreed.at >= trade.expires_at) return Verdict::expired;
    trade.state = TradeState::approved;
    trade.payer = agreed.payer;
    if (agreed.amount != trade.amount) trade.agreed_amount = agreed.amount;
    trade.told.push_back({agreed.notice_id, agreed.kind});
    return Verdict::done;
  });
}

Change Ledger::disapprove(const TradeKey& key) {
  return change(key, [](Trade& trade) {
    if (const Verdict over = ended(trade); over != Verdict::done) return over;
    if (trade.state == TradeState::approved) trade.state = TradeState::notpay;
    return Verdict::done;
  });
}

Change Ledger::close(const TradeKey& key, TimeMs at, std::optional<Told> told) {
  return change(key, [&](Trade& trade) {
    const Verdict over = ended(trade);
    if (over == Verdict::closed) return Verdict::again;
    if (over != Verdict::done) return over;
    trade.state = TradeState::closed;
    trade.closed_at = at;
    if (told) trade.told.push_back(std::move(*told));
    return Verdict::done;
  });
}

Change Ledger::open(const TradeKey& key) {
  return change(key, [](Trade& trade) {
    trade.opened = true;
    return Verdict::done;
  });
}

Change Ledger::refund(const TradeKey& key, Refund refund, std::optional<Told> told) {
  return change(key, [&](Trade& trade) {
    const TradeKey number{key.channel, key.mch_id, refund.out_refund_no};
    if (const Refund* first = trade.refund(refund.out_refund_no))
      return first->amount == refund.amount ? Verdict::again : Verdict::other_parameters;
    if (by_refund_.contains(number)) return Verdict::other_parameters;
    if (trade.state != TradeState::success) return Verdict::closed;
    if (refund.amount > trade.paid_amount - trade.committed()) return Verdict::full;
    by_refund_.emplace(number, by_key_.at(key));
    by_refund_number_[refund.out_refund_no] = by_key_.at(key);
    trade.refunds.push_back(std::move(refund));
    if (told) trade.told.push_back(std::move(*told));
    return Verdict::done;
  });
}

Change Ledger::settle_refund(const TradeKey& key, const Refund& as, Told told) {
  return change(key, [&](Trade& trade) {
    for (auto& refund : trade.refunds) {
      if (refund.out_refund_no != as.out_refund_no) continue;
      if (refund.status == "SUCCESS" || refund.status == "CLOSED") return Verdict::again;
      refund.status = as.status;
      refund.at = as.at;
      trade.told.push_back(std::move(told));
      return Verdict::done;
    }
    return Verdict::unknown;
  });
}

std::optional<Trade> Ledger::find_refund(const std::string& channel, const std::string& mch_id,
                                         const std::string& out_refund_no) const {
  const std::lock_guard lock(mutex_);
  const auto at = by_refund_.find({channel, mch_id, out_refund_no});
  if (at == by_refund_.end()) return std::nullopt;
  return trades_[at->second];
}

std::optional<Trade> Ledger::find_refund(std::string_view out_refund_no) const {
  return copy_at(by_refund_number_, out_refund_no);
}

void Ledger::mute(const TradeKey& key) {
  change(key, [](Trade& trade) {
    trade.silent = true;
    return Verdict::done;
  });
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

std::vector<Trade> Ledger::moved(const Merchant& merchant, TimeMs from, TimeMs to) const {
  const auto within = [&](TimeMs at) { return at >= from && at < to; };
  const std::lock_guard lock(mutex_);
  std::vector<Trade> out;
  for (const auto& trade : trades_) {
    if (trade.state != TradeState::success || trade.key.channel != merchant.first ||
        trade.key.mch_id != merchant.second)
      continue;
    if (within(trade.paid_at) || std::ranges::any_of(trade.refunds, within, &Refund::at))
      out.push_back(trade);
  }
  return out;
}

std::vector<Trade> Ledger::payable(TimeMs now, std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<Trade> out;
  for (auto trade = trades_.rbegin(); trade != trades_.rend() && out.size() < limit; ++trade)
    if (trade->state == TradeState::notpay && now < trade->expires_at) out.push_back(*trade);
  return out;
}

void Ledger::record_notice(const TradeKey& key, NoticeAttempt attempt) {
  change(key, [&](Trade& trade) {
    const auto earlier = std::find_if(trade.notices.rbegin(), trade.notices.rend(),
                                      [&](const auto& other) { return other.id == attempt.id; });
    attempt.attempt = earlier == trade.notices.rend() ? 1 : earlier->attempt + 1;
    if (trade.notices.size() >= max_notices) trade.notices.erase(trade.notices.begin());
    trade.notices.push_back(std::move(attempt));
    return Verdict::done;
  });
}

std::map<Ledger::Merchant, std::map<std::string, MerchantTotals>> Ledger::totals() const {
  const std::lock_guard lock(mutex_);
  std::map<Merchant, std::map<std::string, MerchantTotals>> out;
  for (const auto& trade : trades_) {
    if (trade.state != TradeState::success) continue;
    auto& total = out[{trade.key.channel, trade.key.mch_id}][trade.currency];
    ++total.paid_count;
    total.paid_amount += trade.paid_amount;
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
