// The books of all channels that the simulator plays: what was placed, paid, closed, and told to
// whom.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sandbox/trade.hpp"

namespace tollgate::sandbox {

struct MerchantTotals {
  std::int64_t paid_count = 0;
  std::int64_t paid_amount = 0;
  std::int64_t refunded_count = 0;
  std::int64_t refunded_amount = 0;
};

/// In memory, bounded, thread-safe; what is handed out are copies.
class Ledger {
 public:
  static constexpr std::size_t max_trades = 500'000;
  static constexpr std::size_t max_notices = 200;
  static constexpr int max_placements =
      100;  ///< Of one trade; later ones get the last handle again.

  /// done: new; again: the same parameters while it can be paid, with the fresh handle of `wish`;
  /// other_parameters, paid, closed, expired, failed: refused; full: the ledger holds max_trades.
  Change place(Trade wish);
  /// To success, or to pending or failed as the payment says, from notpay, approved and pending.
  /// done, unknown, paid, closed, failed or expired (only what is notpay expires).
  Change pay(const TradeKey& key, const Payment& payment);
  /// From notpay to approved; again where it was approved. What was agreed on is told with `told`.
  Change approve(const TradeKey& key, const Payment& agreed);
  /// From approved back to notpay: the buyer has to agree again.
  Change disapprove(const TradeKey& key);
  /// done, again (was closed), paid, failed or unknown. `told`: the notice that this calls for.
  Change close(const TradeKey& key, TimeMs at = {}, std::optional<Told> told = std::nullopt);
  /// The channel admits from now on that the trade exists, and lets `payer` pay it.
  Change open(const TradeKey& key);
  /// Of a paid trade; the sum of refunds never exceeds what was paid (then `full`). again: the same
  /// number and amount; other_parameters: that number is taken. `told`: the notice that this calls
  /// for.
  Change refund(const TradeKey& key, Refund refund, std::optional<Told> told);
  /// A refund that is under way ends so; again where it is over, unknown where it is not there.
  Change settle_refund(const TradeKey& key, const Refund& as, Told told);
  /// The trade whose refund has that number, of this channel's merchant.
  std::optional<Trade> find_refund(const std::string& channel, const std::string& mch_id,
                                   const std::string& out_refund_no) const;
  /// By the number alone.
  std::optional<Trade> find_refund(std::string_view out_refund_no) const;
  void mute(const TradeKey& key);

  std::optional<Trade> find(const TradeKey& key) const;
  /// By the merchant's number alone; the newest where two merchants use it.
  std::optional<Trade> find_number(std::string_view out_trade_no) const;
  std::optional<Trade> find_transaction(std::string_view transaction_id) const;
  std::optional<Trade> find_handle(std::string_view handle) const;
  /// Oldest first.
  std::vector<Trade> all() const;
  using Merchant = std::pair<std::string, std::string>;  ///< Channel and mch_id.
  /// Of the merchant, paid or refunded in [from, to); oldest first.
  std::vector<Trade> moved(const Merchant& merchant, TimeMs from, TimeMs to) const;
  /// The newest `limit` trades that a buyer could still pay at `now`, newest first.
  std::vector<Trade> payable(TimeMs now, std::size_t limit) const;

  void record_notice(const TradeKey& key, NoticeAttempt attempt);
  /// By merchant, then by currency.
  std::map<Merchant, std::map<std::string, MerchantTotals>> totals() const;

 private:
  /// Runs on the trade under the lock.
  Change change(const TradeKey& key, const std::function<Verdict(Trade&)>& step);
  Trade* locate(const TradeKey& key);
  std::optional<Trade> copy_at(const std::unordered_map<std::string, std::size_t>& index,
                               std::string_view name) const;
  Change replace(std::size_t position, Trade wish);

  mutable std::mutex mutex_;
  std::deque<Trade> trades_;
  std::vector<int> placements_;  // by position in trades_
  std::map<TradeKey, std::size_t> by_key_;
  std::unordered_map<std::string, std::size_t> by_number_;  // the newest of that number
  std::unordered_map<std::string, std::size_t> by_transaction_;
  std::unordered_map<std::string, std::size_t> by_handle_;
  std::map<TradeKey, std::size_t> by_refund_;  // out_trade_no being the refund's number
  std::unordered_map<std::string, std::size_t> by_refund_number_;  // the newest of that number
};

}  // namespace tollgate::sandbox
