#include "paypal/order.hpp"

#include <algorithm>
#include <array>

#include "common/encoding.hpp"
#include "common/time.hpp"
#include "paypal/api.hpp"
#include "paypal/currency.hpp"

namespace tollgate::paypal {
namespace {

using common::bounded;
using common::JsonValue;
using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

constexpr std::size_t max_code_bytes = 64;
constexpr std::size_t max_number_bytes = 128;
constexpr std::size_t max_currency_bytes = 16;
constexpr std::size_t max_captures = 32;

struct State {
  std::string_view name;
  Verdict verdict;
  Reason reason;
  bool open;
};

// COMPLETED is not here: what it means stands in the captures.
constexpr std::array order_states{
    State{"CREATED", Verdict::pending, Reason::none, true},
    State{"SAVED", Verdict::pending, Reason::none, true},
    State{"PAYER_ACTION_REQUIRED", Verdict::pending, Reason::none, true},
    State{"APPROVED", Verdict::pending, Reason::authorised, true},
    State{"VOIDED", Verdict::failed, Reason::closed, false},
};

// A refunded capture stays a paid one; the refund is an affair of its own.
constexpr std::array capture_states{
    State{"COMPLETED", Verdict::succeeded, Reason::none, false},
    State{"PARTIALLY_REFUNDED", Verdict::succeeded, Reason::none, false},
    State{"REFUNDED", Verdict::succeeded, Reason::none, false},
    State{"PENDING", Verdict::pending, Reason::none, false},
    State{"DECLINED", Verdict::failed, Reason::none, false},
    State{"FAILED", Verdict::failed, Reason::none, false},
};

constexpr std::array refund_states{
    State{"COMPLETED", Verdict::succeeded, Reason::none, false},
    State{"PENDING", Verdict::pending, Reason::none, false},
    State{"FAILED", Verdict::failed, Reason::rejected, false},
    State{"CANCELLED", Verdict::failed, Reason::rejected, false},
};

template <std::size_t Count>
const State* find(const std::array<State, Count>& states, std::string_view name) {
  const auto* const at = std::find_if(states.begin(), states.end(),
                                      [&](const State& state) { return state.name == name; });
  return at == states.end() ? nullptr : at;
}

template <std::size_t Count>
Outcome outcome_of(const std::array<State, Count>& states, JsonValue object) {
  const auto name = object["status"].text_or_empty();
  const State* const state = find(states, name);
  Outcome outcome;
  if (state) outcome = Outcome(state->verdict, state->reason);
  outcome.channel_code = name.empty() ? "no_status" : bounded(name, max_code_bytes);
  return outcome;
}

std::string number(JsonValue value) {
  return bounded(value.text_or_empty(), max_number_bytes);
}

std::string currency_of(JsonValue money) {
  return bounded(money["currency_code"].text_or_empty(), max_currency_bytes);
}

std::int64_t amount_of(JsonValue money) {
  const auto minor =
      parse_amount(money["value"].text_or_empty(), money["currency_code"].text_or_empty());
  return minor.value_or(-1);
}

/// When a capture came to be what it is: completed at its last change, unless that was a refund.
std::int64_t time_of(JsonValue capture) {
  const bool completed = capture["status"].text_or_empty() == "COMPLETED";
  const auto changed = common::parse_rfc3339(capture["update_time"].text_or_empty());
  const auto made = common::parse_rfc3339(capture["create_time"].text_or_empty());
  return (completed && changed ? changed : made ? made : changed).value_or(0);
}

/// Who gets the money. Where the account does not tell its merchant id, an order that the API shows
/// to the account's own token stands for it; callers see to it that it is one which we made.
std::string receiver_of(JsonValue payee, const Account& account) {
  if (account.merchant_id.empty()) return account.client_id;
  return number(payee["merchant_id"]);
}

void fill_capture(JsonValue capture, Outcome& outcome) {
  const auto reason = capture["status_details"]["reason"].text_or_empty();
  if (!reason.empty()) outcome.channel_message = bounded(reason, max_code_bytes);
  outcome.channel_trade_no = number(capture["id"]);
  outcome.amount = amount_of(capture["amount"]);
  outcome.currency = currency_of(capture["amount"]);
  outcome.time_ms = time_of(capture);
}

/// The captures of an order together: paid by one, else held by one, else declined by all.
Outcome read_captures(JsonValue captures) {
  if (captures.size() == 0 || captures.size() > max_captures)
    return unknown("no_capture", "the order is completed without a capture");
  Outcome told(Verdict::failed);
  int paid = 0;
  for (std::size_t i = 0; i < captures.size(); ++i) {
    Outcome outcome = outcome_of(capture_states, captures.at(i));
    fill_capture(captures.at(i), outcome);
    if (outcome.verdict == Verdict::unknown) return outcome;
    paid += outcome.verdict == Verdict::succeeded ? 1 : 0;
    const bool weightier = i == 0 || told.verdict == Verdict::failed ||
                           (told.verdict == Verdict::pending && paid == 1);
    if (weightier && (i == 0 || outcome.verdict != Verdict::failed)) told = std::move(outcome);
  }
  if (paid > 1) return unknown("many_captures", "an order must not be captured twice");
  return told;
}

}  // namespace

OrderFacts read_order(JsonValue order, const Account& account) {
  OrderFacts facts;
  facts.id = number(order["id"]);
  const auto status = order["status"].text_or_empty();
  facts.seen =
      bounded(status, max_code_bytes) + " " + bounded(order["update_time"].text_or_empty(), 64);
  for (const auto* relation : {"payer-action", "approve"})
    if (facts.link.empty()) facts.link = buyer_link(order["links"], relation);

  const auto units = order["purchase_units"];
  const auto captures = units.at(0)["payments"]["captures"];
  const State* const state = find(order_states, status);
  Outcome& outcome = facts.outcome;
  outcome = status == "COMPLETED" ? read_captures(captures) : outcome_of(order_states, order);
  // Money may be on its way although the order does not say so.
  if (state && captures.size() > 0) {
    const Outcome moved = read_captures(captures);
    if (moved.verdict != Verdict::failed) outcome = moved;
  }
  facts.open = state && state->open && outcome.verdict == Verdict::pending &&
               outcome.channel_trade_no.empty();
  if (outcome.reason == Reason::authorised) {  // what was approved, before it is captured
    outcome.amount = amount_of(units.at(0)["amount"]);
    outcome.currency = currency_of(units.at(0)["amount"]);
  }
  outcome.pay_no = number(units.at(0)["custom_id"]);
  outcome.receiver = receiver_of(units.at(0)["payee"], account);

  const bool one_unit = units.size() == 1 && order["intent"].text_or_empty() == "CAPTURE";
  const bool proven = one_unit && is_id(outcome.channel_trade_no) && outcome.amount > 0 &&
                      !outcome.pay_no.empty() && !outcome.receiver.empty();
  if (outcome.verdict == Verdict::succeeded && !proven) {
    outcome.verdict = Verdict::unknown;
    outcome.channel_message = "captured, but the answer lacks what proves it";
  }
  return facts;
}

Outcome read_refund(JsonValue refund, const Account& account) {
  Outcome outcome = outcome_of(refund_states, refund);
  const auto reason = refund["status_details"]["reason"].text_or_empty();
  if (!reason.empty()) outcome.channel_message = bounded(reason, max_code_bytes);
  outcome.refund_no = number(refund["custom_id"]);
  if (outcome.refund_no.empty()) outcome.refund_no = number(refund["invoice_id"]);
  outcome.channel_refund_no = number(refund["id"]);
  outcome.refund_amount = amount_of(refund["amount"]);
  outcome.currency = currency_of(refund["amount"]);
  const auto changed = common::parse_rfc3339(refund["update_time"].text_or_empty());
  const auto made = common::parse_rfc3339(refund["create_time"].text_or_empty());
  outcome.time_ms = (changed ? changed : made).value_or(0);
  if (!account.merchant_id.empty()) outcome.receiver = number(refund["payer"]["merchant_id"]);
  const bool proven =
      !outcome.refund_no.empty() && is_id(outcome.channel_refund_no) && outcome.refund_amount > 0;
  if (outcome.verdict == Verdict::succeeded && !proven) {
    outcome.verdict = Verdict::unknown;
    outcome.channel_message = "refunded, but the answer lacks what proves it";
  }
  return outcome;
}

std::string refunded_capture(JsonValue refund) {
  const std::string link = buyer_link(refund["links"], "up");
  return link.substr(link.rfind('/') + 1);
}

ApiRequest order_request(std::string_view order_id) {
  return {"GET", "/v2/checkout/orders/" + common::url_encode(order_id), "", ""};
}

}  // namespace tollgate::paypal
