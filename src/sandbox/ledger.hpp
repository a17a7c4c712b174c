// The books of all channels that the simulator plays: what was placed, paid, closed, and told to
// whom.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"

namespace tollgate::sandbox {

enum class TradeState { notpay, success, closed };
/// NOTPAY, SUCCESS, CLOSED.
std::string_view to_string(TradeState state);

/// A merchant's number of a trade is unique per channel and merchant.
struct TradeKey {
  std::string channel;
  std::string mch_id;
  std::string out_trade_no;
  auto operator<=>(const TradeKey&) const = default;
};

/// One try to tell the merchant.
struct NoticeAttempt {
  std::string id;   ///< Of the notice; the same at every try.
  int attempt = 0;  ///< From 1, per notice id; set by the ledger.
  TimeMs at;
  int status = 0;      ///< HTTP status answered; 0 where there was no answer.
  std::string result;  ///< One word, perhaps with ": detail".
};

struct Refund {
  std::string out_refund_no;
  std::int64_t amount = 0;  ///< Minor units.
  std::string status;
};

struct Trade {
  TradeKey key;
  std::string app_id;
  std::string trade_type;  ///< The channel's word, such as NATIVE.
  std::string description;
  std::string attach;
  std::string notify_url;
  std::string payer;       ///< The buyer's id at the channel.
  std::string parameters;  ///< All that was asked for, to tell a repetition from another order.
  std::string handle;  ///< What the phone finds the trade by: a code URL, prepay id or link token.
  std::string code_url;
  std::string prepay_id;
  std::string h5_url;
  std::string transaction_id;  ///< Empty until paid.
  std::string notice_id;       ///< Empty until paid.
  TradeState state = TradeState::notpay;
  std::int64_t amount = 0;       ///< Ordered, in minor units.
  std::int64_t paid_amount = 0;  ///< Really booked; 0 until paid.
  std::string currency;
  TimeMs created_at;
  TimeMs expires_at;  ///< The buyer can pay before it.
  TimeMs paid_at;
  std::vector<NoticeAttempt> notices;  ///< The latest 200.
  std::vector<Refund> refunds;
};

enum class Verdict { done, again, unknown, paid, closed, expired, other_parameters, full };

/// What became of a wish, with the trade as it stands after it (empty for unknown and full).
struct Change {
  Verdict verdict = Verdict::unknown;
  Trade trade;
};

struct Payment {
  std::string transaction_id;
  std::string notice_id;
  std::string payer;        ///< Kept from the placement where that named one.
  std::int64_t amount = 0;  ///< Really booked.
  TimeMs at;
};

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
  /// other_parameters, paid, closed, expired: refused; full: the ledger holds max_trades.
  Change place(Trade wish);
  /// done, unknown, paid, closed or expired.
  Change pay(const TradeKey& key, const Payment& payment);
  /// done, again (was closed), paid or unknown.
  Change close(const TradeKey& key);

  std::optional<Trade> find(const TradeKey& key) const;
  /// By the merchant's number alone; the newest where two merchants use it.
  std::optional<Trade> find_number(std::string_view out_trade_no) const;
  std::optional<Trade> find_transaction(std::string_view transaction_id) const;
  std::optional<Trade> find_handle(std::string_view handle) const;
  /// Oldest first.
  std::vector<Trade> all() const;
  /// The newest `limit` trades that a buyer could still pay at `now`, newest first.
  std::vector<Trade> payable(TimeMs now, std::size_t limit) const;

  void record_notice(const TradeKey& key, NoticeAttempt attempt);
  /// By mch_id.
  std::map<std::string, MerchantTotals> totals() const;

 private:
  Trade* locate(const TradeKey& key);
  std::optional<Trade> copy_at(const std::unordered_map<std::string, std::size_t>& index,
                               std::string_view name) const;
  Change replace(Trade& trade, const Trade& wish, std::size_t position);

  mutable std::mutex mutex_;
  std::deque<Trade> trades_;
  std::vector<int> placements_;  // by position in trades_
  std::map<TradeKey, std::size_t> by_key_;
  std::unordered_map<std::string, std::size_t> by_number_;  // the newest of that number
  std::unordered_map<std::string, std::size_t> by_transaction_;
  std::unordered_map<std::string, std::size_t> by_handle_;
};

}  // namespace tollgate::sandbox
