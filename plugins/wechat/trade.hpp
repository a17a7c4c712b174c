// What WeChat Pay says of a trade or refund, as an outcome (wechat.md sections 3.2, 4 and 5.4), and
// what its errors mean.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/json.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::wechat {

/// A verified trade object: the answer to a query, or a payment notice. Paid without all that
/// proves it (amount, currency, transaction id, payee) is unknown, never succeeded.
sdk::Outcome read_trade(common::JsonValue trade);

/// A verified refund object, an answer's or a notice's; its state stands in `status_name`. Done
/// without all that proves it (numbers, amount) is unknown, never succeeded.
sdk::Outcome read_refund(common::JsonValue refund, std::string_view status_name);
/// A verified refund notice. It names the merchant but not the app, which is filled in from
/// `app_id`; without a merchant it proves nothing.
sdk::Outcome read_refund_notice(common::JsonValue refund, std::string_view app_id);

/// An answer that is not 2xx. Such answers are not signed.
struct ApiError {
  int status = 0;
  std::string code;  ///< "" where the body is none of WeChat Pay's.
  std::string message;
  std::int64_t retry_after_s = 0;

  static ApiError of(const sdk::Response& response);

  bool too_often() const;
  bool paid() const;  ///< The number is paid (or used) already.
  bool closed() const;
  bool not_found() const;
  bool unsettled() const;  ///< The channel itself does not know.
  bool configuration() const;
  bool balance() const;         ///< The merchant's balance is too low for a refund.
  bool never_possible() const;  ///< Refused for what was asked, not for when or by whom.

  sdk::Outcome outcome(sdk::Verdict verdict, sdk::Reason reason = sdk::Reason::none) const;
};

}  // namespace tollgate::wechat
