#include "wechat/trade.hpp"

#include <algorithm>
#include <array>

#include "common/encoding.hpp"
#include "common/time.hpp"

namespace tollgate::wechat {
namespace {

using common::bounded;
using common::one_of;
using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

constexpr std::size_t max_code_bytes = 64;
constexpr std::size_t max_message_bytes = 512;
constexpr std::size_t max_number_bytes = 128;
constexpr std::size_t max_currency_bytes = 16;

struct State {
  std::string_view name;
  Verdict verdict;
  Reason reason;
};

// REFUND means that a refund was asked for: the trade stays a paid one.
constexpr std::array trade_states{
    State{"NOTPAY", Verdict::pending, Reason::none},
    State{"USERPAYING", Verdict::pending, Reason::none},
    State{"ACCEPT", Verdict::pending, Reason::none},
    State{"SUCCESS", Verdict::succeeded, Reason::none},
    State{"REFUND", Verdict::succeeded, Reason::none},
    State{"CLOSED", Verdict::failed, Reason::closed},
    State{"REVOKED", Verdict::failed, Reason::closed},
    State{"PAYERROR", Verdict::failed, Reason::rejected},
};

// ABNORMAL is not final: somebody has to settle it by hand at WeChat Pay.
constexpr std::array refund_states{
    State{"PROCESSING", Verdict::pending, Reason::none},
    State{"ABNORMAL", Verdict::pending, Reason::none},
    State{"SUCCESS", Verdict::succeeded, Reason::none},
    State{"CLOSED", Verdict::failed, Reason::rejected},
};

template <std::size_t Count>
Outcome outcome_of(const std::array<State, Count>& states, std::string_view name) {
  Outcome outcome;
  for (const auto& state : states)
    if (state.name == name) outcome = Outcome(state.verdict, state.reason);
  outcome.channel_code = bounded(name, max_code_bytes);
  return outcome;
}

std::string number(common::JsonValue value) {
  return bounded(value.text_or_empty(), max_number_bytes);
}

std::string currency_of(common::JsonValue amount) {
  return bounded(amount["currency"].text_or_empty(), max_currency_bytes);
}

}  // namespace

Outcome read_trade(common::JsonValue trade) {
  Outcome outcome = outcome_of(trade_states, trade["trade_state"].text_or_empty());
  outcome.channel_message = bounded(trade["trade_state_desc"].text_or_empty(), max_message_bytes);
  outcome.pay_no = number(trade["out_trade_no"]);
  outcome.channel_trade_no = number(trade["transaction_id"]);
  outcome.amount = std::max<std::int64_t>(trade["amount"]["total"].integer().value_or(-1), -1);
  outcome.currency = currency_of(trade["amount"]);
  outcome.time_ms = common::parse_rfc3339(trade["success_time"].text_or_empty()).value_or(0);
  const auto mch_id = trade["mchid"].text_or_empty();
  const auto app_id = trade["appid"].text_or_empty();
  if (!mch_id.empty() && !app_id.empty())
    outcome.receiver = bounded(mch_id, max_code_bytes) + "/" + bounded(app_id, max_code_bytes);

  const bool proven = !outcome.pay_no.empty() && !outcome.channel_trade_no.empty() &&
                      outcome.amount > 0 && !outcome.currency.empty() && !outcome.receiver.empty();
  if (outcome.verdict == Verdict::succeeded && !proven) {
    outcome.verdict = Verdict::unknown;
    outcome.channel_message = "paid, but the answer lacks what proves it";
  }
  return outcome;
}

namespace {

/// Without all that proves it, succeeded is unknown.
Outcome proven_or_unknown(Outcome outcome, bool proven) {
  if (outcome.verdict != Verdict::succeeded || proven) return outcome;
  outcome.verdict = Verdict::unknown;
  outcome.channel_message = "refunded, but the answer lacks what proves it";
  return outcome;
}

}  // namespace

Outcome read_refund(common::JsonValue refund, std::string_view status_name) {
  Outcome outcome = outcome_of(refund_states, refund[status_name].text_or_empty());
  outcome.pay_no = number(refund["out_trade_no"]);
  outcome.refund_no = number(refund["out_refund_no"]);
  outcome.channel_trade_no = number(refund["transaction_id"]);
  outcome.channel_refund_no = number(refund["refund_id"]);
  outcome.amount = refund["amount"]["total"].integer().value_or(-1);
  outcome.refund_amount = refund["amount"]["refund"].integer().value_or(-1);
  outcome.currency = currency_of(refund["amount"]);
  outcome.time_ms = common::parse_rfc3339(refund["success_time"].text_or_empty()).value_or(0);
  const bool proven =
      !outcome.refund_no.empty() && !outcome.channel_refund_no.empty() && outcome.refund_amount > 0;
  return proven_or_unknown(std::move(outcome), proven);
}

Outcome read_refund_notice(common::JsonValue refund, std::string_view app_id) {
  Outcome outcome = read_refund(refund, "refund_status");
  const auto mch_id = refund["mchid"].text_or_empty();
  if (!mch_id.empty())
    outcome.receiver = bounded(mch_id, max_code_bytes) + "/" + std::string(app_id);
  return proven_or_unknown(std::move(outcome), !mch_id.empty());
}

ApiError ApiError::of(const sdk::Response& response) {
  ApiError error;
  error.status = response.status;
  if (const auto document = common::JsonDocument::parse(response.body)) {
    error.code = bounded(document->root()["code"].text_or_empty(), max_code_bytes);
    error.message = bounded(document->root()["message"].text_or_empty(), max_message_bytes);
  }
  constexpr std::int64_t max_retry_after_s = 3600;
  const auto told = common::parse_digits(response.header("retry-after"));
  error.retry_after_s = std::min(told.value_or(0), max_retry_after_s);
  return error;
}

bool ApiError::too_often() const {
  constexpr std::array<std::string_view, 3> codes{"FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED",
                                                  "FREQUENCY_LIMIT_EXCEED"};
  return status == 429 || one_of(codes, code);
}

bool ApiError::paid() const {
  constexpr std::array<std::string_view, 3> codes{"ORDERPAID", "ORDER_PAID", "OUT_TRADE_NO_USED"};
  return one_of(codes, code);
}

bool ApiError::closed() const {
  return code == "ORDER_CLOSED" || code == "ORDERCLOSED";
}

bool ApiError::not_found() const {
  constexpr std::array<std::string_view, 3> codes{"ORDER_NOT_EXIST", "ORDERNOTEXIST",
                                                  "RESOURCE_NOT_EXISTS"};
  return status == 404 && one_of(codes, code);
}

bool ApiError::unsettled() const {
  constexpr std::array<std::string_view, 6> codes{"SYSTEM_ERROR",        "SYSTEMERROR",
                                                  "SERVICE_UNAVAILABLE", "BANK_ERROR",
                                                  "USER_PAYING",         "USERPAYING"};
  const bool refusal = status == 400 || status == 401 || status == 403 || status == 404;
  return !refusal || code.empty() || one_of(codes, code);
}

bool ApiError::configuration() const {
  constexpr std::array<std::string_view, 5> codes{"SIGN_ERROR", "NO_AUTH", "APPID_MCHID_NOT_MATCH",
                                                  "MCH_NOT_EXISTS", "ACCOUNT_ERROR"};
  return one_of(codes, code);
}

bool ApiError::balance() const {
  return code == "NOT_ENOUGH" || code == "NOTENOUGH";
}

bool ApiError::never_possible() const {
  constexpr std::array<std::string_view, 6> codes{"PARAM_ERROR", "INVALID_REQUEST",
                                                  "TRADE_ERROR", "USER_ACCOUNT_ABNORMAL",
                                                  "RULE_LIMIT",  "RESOURCE_NOT_EXISTS"};
  return (status == 400 || status == 403 || status == 404) && one_of(codes, code);
}

Outcome ApiError::outcome(Verdict verdict, Reason reason) const {
  Outcome outcome(verdict, reason);
  outcome.channel_code = code.empty() ? "http_" + std::to_string(status) : code;
  outcome.channel_message = message;
  if (verdict == Verdict::retry) outcome.retry_after_s = retry_after_s;
  return outcome;
}

}  // namespace tollgate::wechat
