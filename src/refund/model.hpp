// A refund: money of one payment on its way back.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/strong_id.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::refund {

enum class Status { pending, succeeded, failed };
inline constexpr std::array all_statuses{Status::pending, Status::succeeded, Status::failed};

std::string_view to_string(Status status);
std::optional<Status> parse_status(std::string_view text);

/// Every change there is. A refund that the channel first called failed and then done has given the
/// money back all the same: the record follows the channel's books.
struct Transition {
  Status from;
  Status to;
};
inline constexpr std::array transitions{
    Transition{Status::pending, Status::succeeded},
    Transition{Status::pending, Status::failed},
    Transition{Status::failed, Status::succeeded},
};
bool may_change(Status from, Status to);

/// Whether a second key has to agree before the channel hears of the refund.
enum class Approval { not_needed, required, approved, rejected };
inline constexpr std::array all_approvals{Approval::not_needed, Approval::required,
                                          Approval::approved, Approval::rejected};

std::string_view to_string(Approval approval);
std::optional<Approval> parse_approval(std::string_view text);

/// The failure of a refund that was not approved.
inline constexpr std::string_view rejected_failure = "rejected";

/// The cause of a refund that somebody asked for; the others say why the server did it by itself.
inline constexpr std::string_view asked_for = "asked";

struct Refund {
  RefundId refund_id;  ///< The channel's out_refund_no, for ever the same.
  PayNo pay_no;
  OrderId order_id;
  std::string account_id, channel, method, currency;
  std::int64_t amount = 0;
  std::int64_t total = 0;  ///< Of the trade at the channel.
  Status status = Status::pending;
  std::string cause{asked_for};
  std::optional<std::string> reason;
  bool at_channel = false;  ///< The channel may have it: ask before sending it again.
  std::string channel_trade_no;
  std::optional<std::string> channel_refund_no, failure_code;
  Approval approval = Approval::not_needed;
  std::optional<std::string> requested_by, decided_by;  ///< Names of API keys.
  TimeMs created_at;
  std::optional<TimeMs> succeeded_at;

  /// The channel must not hear of it (yet).
  bool waits() const { return status == Status::pending && approval == Approval::required; }
};

/// What a channel said about a refund, by callback or any other answer that it signed.
struct News {
  sdk::Verdict verdict = sdk::Verdict::unknown;
  sdk::Reason reason = sdk::Reason::none;
  std::string refund_no, pay_no, channel_refund_no, currency, code, message;
  std::int64_t amount = -1;  ///< Minor units given back; -1: not told.
  TimeMs time;               ///< 0: not told.
  bool foreign = false;      ///< Of another receiver than the account's.
};

/// As the API shows it.
std::string to_json(const Refund& refund);

}  // namespace tollgate::refund
