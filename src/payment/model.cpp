#include "payment/model.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/json_reader.hpp"
#include "base/json_writer.hpp"
#include "base/time.hpp"

namespace tollgate::payment {

std::string_view to_string(Status status) {
  switch (status) {
    case Status::pending:
      return "pending";
    case Status::paid:
      return "paid";
    case Status::failed:
      return "failed";
    case Status::closed:
      return "closed";
  }
  return "failed";
}

std::optional<Status> parse_status(std::string_view text) {
  const auto at = std::ranges::find(all_statuses, text, [](Status s) { return to_string(s); });
  if (at == all_statuses.end()) return std::nullopt;
  return *at;
}

bool may_change(Status from, Status to) {
  return std::ranges::any_of(transitions,
                             [&](const Transition& t) { return t.from == from && t.to == to; });
}

Fact fact_of(const sdk::Outcome& o, bool receiver_matches) {
  Fact fact;
  fact.verdict = o.verdict;
  fact.reason = o.reason;
  fact.pay_no = o.pay_no;
  fact.channel_trade_no = o.channel_trade_no;
  fact.currency = o.currency;
  fact.code = o.channel_code;
  fact.message = o.channel_message;
  fact.amount = o.amount;
  fact.time = {o.time_ms};
  fact.receiver_matches = receiver_matches;
  fact.of_another = !o.receiver.empty() && !receiver_matches;
  fact.refund_no = o.refund_no;
  fact.channel_refund_no = o.channel_refund_no;
  fact.refund_amount = o.refund_amount;
  return fact;
}

std::string to_json(const Fact& f) {
  json::Writer out;
  out.begin_object();
  out.field("verdict", static_cast<std::int64_t>(f.verdict));
  out.field("reason", static_cast<std::int64_t>(f.reason));
  out.field("pay_no", f.pay_no).field("channel_trade_no", f.channel_trade_no);
  out.field("amount", f.amount).field("currency", f.currency).field("time", f.time.ms);
  out.field("receiver_matches", f.receiver_matches).field("of_another", f.of_another);
  out.field("code", f.code).field("message", f.message);
  if (f.about_refund) {
    out.field("about_refund", true).field("refund_no", f.refund_no);
    out.field("channel_refund_no", f.channel_refund_no).field("refund_amount", f.refund_amount);
  }
  out.end_object();
  return out.take();
}

std::optional<Fact> fact_from_json(const std::string& text) {
  const auto document = json::Document::parse(text);
  if (!document) return std::nullopt;
  json::Errors errors;
  json::Object in(*document, errors);
  constexpr json::TextRule any{0, 100'000, true};
  Fact f;
  f.verdict = static_cast<sdk::Verdict>(in.integer("verdict"));
  f.reason = static_cast<sdk::Reason>(in.integer("reason"));
  f.pay_no = in.text("pay_no", any);
  f.channel_trade_no = in.text("channel_trade_no", any);
  f.amount = in.integer("amount", {-1});
  f.currency = in.text("currency", any);
  f.time = {in.integer("time")};
  f.receiver_matches = in.optional_boolean("receiver_matches").value_or(false);
  f.of_another = in.optional_boolean("of_another").value_or(false);
  f.code = in.text("code", any);
  f.message = in.text("message", any);
  f.about_refund = in.optional_boolean("about_refund").value_or(false);
  f.refund_no = in.optional_text("refund_no", any).value_or("");
  f.channel_refund_no = in.optional_text("channel_refund_no", any).value_or("");
  f.refund_amount = in.optional_integer("refund_amount", {-1}).value_or(-1);
  if (!errors.empty()) return std::nullopt;
  return f;
}

namespace {

void write_action(json::Writer& out, const Action& action, const QrPng& qr_png) {
  out.begin_object();
  switch (action.type) {
    case sdk::ActionType::qr:
      out.field("type", "qr").field("content", action.material);
      out.field("image", "data:image/png;base64," + base64_encode(qr_png(action.material)));
      break;
    case sdk::ActionType::redirect:
      out.field("type", "redirect").field("url", action.material);
      break;
    case sdk::ActionType::form:
      out.field("type", "form").field("html", action.material);
      break;
    case sdk::ActionType::jsapi:
      out.field("type", "jsapi").raw_field("params", action.material);
      break;
    case sdk::ActionType::app:
      out.field("type", "app").raw_field("params", action.material);
      break;
    case sdk::ActionType::app_string:
      out.field("type", "app").field("order_string", action.material);
      break;
    case sdk::ActionType::none:
      break;
  }
  out.end_object();
}

}  // namespace

std::string to_json(const Payment& p, const QrPng& qr_png, TimeMs now) {
  json::Writer out;
  out.begin_object();
  out.field("pay_no", p.pay_no).field("order_id", p.order_id).field("account_id", p.account_id);
  out.field("channel", p.channel).field("method", p.method).field("status", to_string(p.status));
  out.field("amount", p.amount).field("currency", p.currency);
  out.field("channel_trade_no", p.channel_trade_no).field("failure_code", p.failure_code);
  out.field("created_at", to_rfc3339(p.created_at));
  out.key("paid_at");
  if (p.paid_at)
    out.text(to_rfc3339(*p.paid_at));
  else
    out.null();
  out.key("action");
  const bool usable = p.status == Status::pending && p.action.type != sdk::ActionType::none &&
                      (p.action.expires_at.ms == 0 || p.action.expires_at > now);
  if (usable)
    write_action(out, p.action, qr_png);
  else
    out.null();
  out.end_object();
  return out.take();
}

}  // namespace tollgate::payment
