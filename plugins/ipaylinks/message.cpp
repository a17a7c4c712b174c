#include "ipaylinks/message.hpp"

#include <algorithm>
#include <array>

#include "common/encoding.hpp"
#include "common/time.hpp"

namespace tollgate::ipaylinks {
namespace {

using common::bounded;
using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

constexpr std::size_t max_code_bytes = 64;
constexpr std::size_t max_message_bytes = 256;
constexpr std::size_t max_number_bytes = 128;
constexpr std::size_t max_currency_bytes = 16;

struct State {
  std::string_view name;
  Verdict verdict;
  Reason reason;
};

// canceled: it was paid and then revoked, so there is no money.
constexpr std::array states{
    State{"success", Verdict::succeeded, Reason::none},
    State{"failed", Verdict::failed, Reason::none},
    State{"canceled", Verdict::failed, Reason::none},
    State{"expired", Verdict::failed, Reason::closed},
    State{"received", Verdict::pending, Reason::none},
    State{"pending", Verdict::pending, Reason::none},
    State{"pending_review", Verdict::pending, Reason::none},
    State{"", Verdict::pending, Reason::not_found},
};

// canceled is not here: what became of the money of a refund that was revoked nobody knows.
constexpr std::array refund_states{
    State{"success", Verdict::succeeded, Reason::none},
    State{"failed", Verdict::failed, Reason::rejected},
    State{"expired", Verdict::failed, Reason::closed},
    State{"received", Verdict::pending, Reason::none},
    State{"pending", Verdict::pending, Reason::none},
    State{"pending_review", Verdict::pending, Reason::none},
    State{"", Verdict::pending, Reason::not_found},
};

template <std::size_t Count>
Outcome by_status(const std::array<State, Count>& table, std::string_view status) {
  const auto* const at = std::find_if(table.begin(), table.end(),
                                      [&](const State& state) { return state.name == status; });
  return at == table.end() ? Outcome() : Outcome(at->verdict, at->reason);
}

/// Result codes of the first generation have four digits.
Outcome by_result_code(std::string_view code) {
  if (code.size() != 4 || !common::parse_digits(code)) return {};
  if (code == "0000") return Outcome(Verdict::succeeded);
  if (code == "0300" || code == "0330") return Outcome(Verdict::pending);
  return Outcome(Verdict::failed);
}

std::string bounded_field(const common::Form& message, std::string_view name) {
  return bounded(field(message, name), max_number_bytes);
}

}  // namespace

std::string_view field(const common::Form& message, std::string_view name) {
  const auto at = message.find(name);
  return at == message.end() ? std::string_view() : std::string_view(at->second);
}

Outcome read_trade(const common::Form& message, const Account& account) {
  const Names& names = account.names;
  const auto status = field(message, names.status);
  const auto code = account.mapi() ? field(message, "respCode") : status;
  Outcome outcome = account.mapi() ? by_status(states, status) : by_result_code(status);
  outcome.channel_code = bounded(status.empty() || !account.mapi() ? code : status, max_code_bytes);
  if (outcome.channel_code.empty()) outcome.channel_code = "no_status";
  outcome.channel_message =
      bounded(field(message, account.mapi() ? "respMsg" : "resultMsg"), max_message_bytes);
  outcome.pay_no = bounded_field(message, names.number);
  outcome.channel_trade_no = bounded_field(message, names.trade);
  outcome.currency = bounded(field(message, names.currency), max_currency_bytes);
  outcome.amount =
      account.amounts.read(field(message, names.amount), outcome.currency).value_or(-1);
  outcome.receiver = bounded_field(message, names.merchant);
  outcome.time_ms =
      common::parse_compact(field(message, "completeTime"), account.utc_offset_h).value_or(0);
  const bool proven = !outcome.pay_no.empty() && !outcome.channel_trade_no.empty() &&
                      outcome.amount > 0 && !outcome.receiver.empty();
  if (outcome.verdict == Verdict::succeeded && !proven) {
    outcome.verdict = Verdict::unknown;
    outcome.channel_message = "paid, but the message lacks what proves it";
  }
  return outcome;
}

Outcome read_refund(const common::Form& message, const Account& account) {
  const Names& names = account.names;
  const auto status = field(message, names.status);
  const auto code = status.empty() ? field(message, "respCode") : status;
  Outcome outcome = by_status(refund_states, status);
  outcome.channel_code = code.empty() ? "no_status" : bounded(code, max_code_bytes);
  outcome.channel_message = bounded(field(message, "respMsg"), max_message_bytes);
  outcome.refund_no = bounded_field(message, names.number);
  outcome.pay_no = bounded_field(message, "origTransId");
  outcome.channel_refund_no = bounded_field(message, names.trade);
  outcome.currency = bounded(field(message, names.currency), max_currency_bytes);
  outcome.refund_amount =
      account.amounts.read(field(message, names.amount), outcome.currency).value_or(-1);
  outcome.receiver = bounded_field(message, names.merchant);
  outcome.time_ms =
      common::parse_compact(field(message, "completeTime"), account.utc_offset_h).value_or(0);
  const bool about_refund = field(message, "transType") != "sale" && !outcome.refund_no.empty() &&
                            !outcome.pay_no.empty() && !outcome.receiver.empty();
  const bool proven =
      about_refund && !outcome.channel_refund_no.empty() && outcome.refund_amount > 0;
  const bool final = outcome.verdict == Verdict::succeeded || outcome.verdict == Verdict::failed;
  if (final && !(outcome.verdict == Verdict::failed ? about_refund : proven)) {
    outcome.verdict = Verdict::unknown;
    outcome.reason = Reason::none;
    outcome.channel_message = "the message lacks what proves it";
  }
  return outcome;
}

}  // namespace tollgate::ipaylinks
