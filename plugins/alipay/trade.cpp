#include "alipay/trade.hpp"

#include <algorithm>
#include <array>

#include "common/encoding.hpp"
#include "common/time.hpp"

namespace tollgate::alipay {
namespace {

using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

constexpr std::size_t max_code_bytes = 64;
constexpr std::size_t max_number_bytes = 128;
constexpr std::size_t max_currency_bytes = 16;

struct State {
  std::string_view name;
  Verdict verdict;
  Reason reason;
};

// TRADE_FINISHED: paid, and too late for refunds.
constexpr std::array trade_states{
    State{"WAIT_BUYER_PAY", Verdict::pending, Reason::none},
    State{"TRADE_SUCCESS", Verdict::succeeded, Reason::none},
    State{"TRADE_FINISHED", Verdict::succeeded, Reason::none},
    State{"TRADE_CLOSED", Verdict::failed, Reason::closed},
};

Outcome of_state(std::string_view name) {
  Outcome outcome;
  for (const auto& state : trade_states)
    if (state.name == name) outcome = Outcome(state.verdict, state.reason);
  outcome.channel_code = common::bounded(name, max_code_bytes);
  return outcome;
}

std::int64_t amount(std::string_view text) {
  return common::parse_decimal(text, currency_digits).value_or(-1);
}

std::int64_t time_ms(std::string_view text) {
  return common::parse_beijing(text).value_or(0);
}

/// What both kinds of outcome say of the trade.
void fill(const Field& field, Outcome& outcome) {
  outcome.pay_no = number(field("out_trade_no"));
  outcome.channel_trade_no = number(field("trade_no"));
  outcome.amount = amount(field("total_amount"));
  // Only trades in another currency name it.
  const std::string named = common::bounded(number(field("trans_currency")), max_currency_bytes);
  outcome.currency = named.empty() ? std::string(currency) : named;
}

}  // namespace

std::string number(std::string_view text) {
  const bool printable =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
  return printable && text.size() <= max_number_bytes ? std::string(text) : "";
}

Outcome read_trade(const Field& field) {
  Outcome outcome = of_state(field("trade_status"));
  fill(field, outcome);
  const auto paid_at = field("gmt_payment").empty() ? field("send_pay_date") : field("gmt_payment");
  outcome.time_ms = time_ms(paid_at);
  outcome.refund_amount = amount(field("refund_fee"));

  const bool proven =
      !outcome.pay_no.empty() && !outcome.channel_trade_no.empty() && outcome.amount > 0;
  if (outcome.verdict == Verdict::succeeded && !proven) {
    outcome.verdict = Verdict::unknown;
    outcome.channel_message = "paid, but the message lacks what proves it";
  }
  const bool was_paid = !paid_at.empty() || outcome.refund_amount > 0;
  if (outcome.reason == Reason::closed && was_paid)
    outcome.channel_message = "it was paid and has been refunded wholly";
  return outcome;
}

bool tells_refund(const Field& field) {
  return !field("out_biz_no").empty() &&
         (!field("gmt_refund").empty() || amount(field("refund_fee")) > 0);
}

Outcome read_refund(const Field& field) {
  Outcome outcome;
  fill(field, outcome);
  outcome.refund_no = number(field("out_biz_no"));
  outcome.time_ms = time_ms(field("gmt_refund").substr(0, 19));  // it comes with milliseconds
  outcome.channel_code = common::bounded(field("trade_status"), max_code_bytes);
  outcome.channel_message = "a refund was made; the notice does not tell its amount";
  return outcome;
}

}  // namespace tollgate::alipay
