#include "alipay/error.hpp"

#include <algorithm>
#include <array>

#include "common/encoding.hpp"

namespace tollgate::alipay {
namespace {

using common::bounded;
using common::one_of;
using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

constexpr std::size_t max_code_bytes = 96;
constexpr std::size_t max_message_bytes = 512;

}  // namespace

ApiError ApiError::of(const Answer& answer) {
  ApiError error;
  error.code = answer.code();
  error.sub_code = bounded(answer.text("sub_code"), max_code_bytes);
  const auto message = answer.text("sub_msg").empty() ? answer.text("msg") : answer.text("sub_msg");
  error.message = bounded(message, max_message_bytes);
  return error;
}

bool ApiError::too_often() const {
  return code == "40005" || sub_code == "isv.app-call-limited";
}

bool ApiError::paid() const {
  constexpr std::array<std::string_view, 2> words{"ACQ.TRADE_HAS_SUCCESS",
                                                  "ACQ.TRADE_HAS_FINISHED"};
  return one_of(words, sub_code);
}

bool ApiError::closed() const {
  return sub_code == "ACQ.TRADE_HAS_CLOSE";
}

bool ApiError::not_found() const {
  return code == "40004" && sub_code == "ACQ.TRADE_NOT_EXIST";
}

bool ApiError::configuration() const {
  constexpr std::array<std::string_view, 6> words{
      "isv.invalid-signature", "isv.invalid-app-id",   "isv.invalid-timestamp",
      "ACQ.PARTNER_ERROR",     "ACQ.ACCESS_FORBIDDEN", "isv.invalid-signature-type"};
  return code == "20001" || code == "40006" || one_of(words, sub_code);
}

bool ApiError::rejected() const {
  constexpr std::array<std::string_view, 5> words{
      "ACQ.INVALID_PARAMETER", "ACQ.EXIST_FORBIDDEN_WORD", "ACQ.TOTAL_FEE_EXCEED",
      "ACQ.CONTEXT_INCONSISTENT", "ACQ.PAYMENT_REQUEST_HAS_RISK"};
  return code == "40001" || code == "40002" || one_of(words, sub_code);
}

Outcome ApiError::outcome(Verdict verdict, Reason reason) const {
  Outcome outcome(verdict, reason);
  outcome.channel_code = sub_code.empty() ? code : sub_code;
  outcome.channel_message = message;
  return outcome;
}

}  // namespace tollgate::alipay
