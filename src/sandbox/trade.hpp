// What stands in the simulator's books, whatever the channel.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace tollgate::sandbox {

/// notpay waits for the buyer. approved: the buyer agreed, the merchant has to capture. pending:
/// captured, the money is not there yet. failed: refused for good.
enum class TradeState { notpay, approved, pending, success, closed, failed };
/// NOTPAY, APPROVED, PENDING, SUCCESS, CLOSED, FAILED.
std::string_view to_string(TradeState state);

/// A number is unique per channel and merchant.
struct TradeKey {
  std::string channel;
  std::string mch_id;        ///< The merchant's id at the channel.
  std::string out_trade_no;  ///< The merchant's number; the channel's where those are not unique.
  auto operator<=>(const TradeKey&) const = default;
};

/// One try to tell the merchant.
struct NoticeAttempt {
  std::string id;   ///< Of the notice; the same at every try.
  int attempt = 0;  ///< From 1, per notice id; set by the ledger.
  TimeMs at;
  int status = 0;      ///< HTTP status answered; 0 where there was no answer.
  std::string result;  ///< One word, perhaps with ": detail".
  std::string kind;    ///< The channel's word for what is told.
};

/// What one channel remembers of a placement or a refund beyond what all have. Immutable.
struct Details {
  virtual ~Details() = default;
};

struct Refund {
  std::string out_refund_no;
  std::int64_t amount = 0;  ///< Minor units.
  std::string status;       ///< PROCESSING, SUCCESS, CLOSED, ABNORMAL.
  TimeMs at;                ///< Asked for, or given back where it is SUCCESS.
  std::string refund_id = {};
  std::string notify_url = {};
  std::shared_ptr<const Details> details = {};
};

/// A notice that the trade's history calls for, whether or not it was sent.
struct Told {
  std::string id;
  std::string kind;
  std::string refund = {};  ///< The out_refund_no, where it tells of a refund.
};

struct Trade {
  TradeKey key;
  std::string merchant_no;  ///< The merchant's number where the key holds the channel's.
  std::string app_id;
  std::string trade_type;  ///< The channel's word, such as NATIVE.
  std::string description;
  std::string attach;
  std::string notify_url;
  std::string payer;       ///< The buyer's id at the channel.
  std::string parameters;  ///< All that was asked for, to tell a repetition from another order.
  std::string handle;      ///< What a buyer's app finds the trade by.
  /// What the merchant was given to hand to the buyer, by the channel's names: code_url, prepay_id,
  /// h5_url, qr_code, order_id, pay_url.
  std::map<std::string, std::string, std::less<>> links;
  std::string transaction_id;  ///< The channel's number; empty until it has given one.
  TradeState state = TradeState::notpay;
  std::int64_t amount = 0;                    ///< Ordered, in minor units.
  std::int64_t paid_amount = 0;               ///< Really booked; 0 until paid.
  std::optional<std::int64_t> agreed_amount;  ///< What a capture will book, if not `amount`.
  std::string currency;
  TimeMs created_at;
  TimeMs expires_at;  ///< The buyer can pay before it.
  TimeMs paid_at;
  TimeMs closed_at;
  bool opened = true;   ///< False while the channel denies that the trade exists (Alipay).
  bool silent = false;  ///< Nothing more is told of it.
  bool anew = false;    ///< In a wish: may replace a trade of that number that failed or expired.
  std::vector<Told> told;              ///< Oldest first.
  std::vector<NoticeAttempt> notices;  ///< The latest 200.
  std::vector<Refund> refunds;
  std::shared_ptr<const Details> details;

  const std::string& number() const { return merchant_no.empty() ? key.out_trade_no : merchant_no; }
  /// Empty where the merchant was given no such thing.
  std::string link(std::string_view name) const {
    const auto at = links.find(name);
    return at == links.end() ? std::string() : at->second;
  }
  std::int64_t refunded() const {
    std::int64_t sum = 0;
    for (const auto& refund : refunds)
      if (refund.status == "SUCCESS") sum += refund.amount;
    return sum;
  }
  /// What went back or may still go.
  std::int64_t committed() const {
    std::int64_t sum = 0;
    for (const auto& refund : refunds)
      if (refund.status != "CLOSED") sum += refund.amount;
    return sum;
  }
  const Refund* refund(std::string_view out_refund_no) const {
    for (const auto& refund : refunds)
      if (refund.out_refund_no == out_refund_no) return &refund;
    return nullptr;
  }
};

enum class Verdict { done, again, unknown, paid, closed, expired, failed, other_parameters, full };

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
  std::string kind;  ///< Of the notice.
  TradeState state = TradeState::success;
  bool late = false;  ///< A trade that is closed or has run out takes it.
};

}  // namespace tollgate::sandbox
