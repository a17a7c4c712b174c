// A payment: one attempt to pay an order through one account.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/strong_id.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::payment {

enum class Status { pending, paid, failed, closed };
inline constexpr std::array all_statuses{Status::pending, Status::paid, Status::failed,
                                         Status::closed};

std::string_view to_string(Status status);
std::optional<Status> parse_status(std::string_view text);

/// Every change there is. Money that the channel confirms later makes even a closed or failed
/// attempt paid: the record follows the channel's books, and the order decides what becomes of it.
struct Transition {
  Status from;
  Status to;
};
inline constexpr std::array transitions{
    Transition{Status::pending, Status::paid},   Transition{Status::pending, Status::failed},
    Transition{Status::pending, Status::closed}, Transition{Status::closed, Status::paid},
    Transition{Status::failed, Status::paid},
};
bool may_change(Status from, Status to);

struct Action {
  sdk::ActionType type = sdk::ActionType::none;
  std::string material;
  TimeMs expires_at;  ///< 0: not told.
};

struct Payment {
  PayNo pay_no;
  OrderId order_id;
  Status status = Status::pending;
  std::string account_id, channel, method, currency;
  std::int64_t amount = 0;
  std::optional<std::string> channel_trade_no, failure_code;
  Action action;
  std::string channel_state, return_url;
  TimeMs calling_until;
  bool late = false;
  TimeMs created_at;
  std::optional<TimeMs> paid_at;
};

/// What a channel said about an attempt (or, by callback, about a refund), in a callback, a query
/// or any other answer that it signed.
struct Fact {
  sdk::Verdict verdict = sdk::Verdict::unknown;
  sdk::Reason reason = sdk::Reason::none;
  std::string pay_no, channel_trade_no, currency, code, message;
  std::int64_t amount = -1;  ///< Minor units; -1: not told.
  TimeMs time;               ///< 0: not told.
  bool receiver_matches = false;
  bool of_another = false;  ///< It names a receiver, who is not the account's.
  // Of a refund only:
  std::string refund_no, channel_refund_no;
  std::int64_t refund_amount = -1;  ///< Minor units; -1: not told.
  bool about_refund = false;
};

Fact fact_of(const sdk::Outcome& outcome, bool receiver_matches);
std::string to_json(const Fact& fact);
/// Of a text that to_json made; nothing for any other.
std::optional<Fact> fact_from_json(const std::string& text);

/// PNG bytes of a QR code; empty where there is none. Thread-safe, never throws; cached by content.
using QrPng = std::function<std::string(std::string_view text)>;

/// As the API shows it. The action is shown while the attempt is pending.
std::string to_json(const Payment& payment, const QrPng& qr_png, TimeMs now);

}  // namespace tollgate::payment
