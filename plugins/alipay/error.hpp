// Answers that are no success: what their code and sub_code mean (alipay.md section 4).
#pragma once

#include <string>
#include <string_view>

#include "alipay/answer.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::alipay {

struct ApiError {
  std::string code, sub_code, message;

  static ApiError of(const Answer& answer);

  bool too_often() const;
  bool paid() const;       ///< The trade is paid.
  bool closed() const;     ///< The trade is closed.
  bool not_found() const;  ///< Nobody has opened the trade yet, or there is none of this number.
  bool configuration() const;  ///< Keys, numbers or rights of the app are wrong.
  bool rejected() const;       ///< Refused as it is, for good.

  sdk::Outcome outcome(sdk::Verdict verdict, sdk::Reason reason = sdk::Reason::none) const;
};

}  // namespace tollgate::alipay
