// What the control interface shows, and how it refuses.
#include <utility>

#include "base/json_writer.hpp"
#include "base/time.hpp"
#include "sandbox/control.hpp"

namespace tollgate::sandbox {
namespace {

void field_or_null(json::Writer& out, std::string_view name, const std::string& value) {
  if (value.empty())
    out.key(name).null();
  else
    out.field(name, value);
}

void write_notices(json::Writer& out, const Trade& trade) {
  out.key("notices").begin_array();
  for (const auto& notice : trade.notices)
    out.begin_object()
        .field("id", notice.id)
        .field("kind", notice.kind)
        .field("attempt", notice.attempt)
        .field("at", to_rfc3339(notice.at))
        .field("status", notice.status)
        .field("result", notice.result)
        .end_object();
  out.end_array();
}

void write_refunds(json::Writer& out, const Trade& trade) {
  out.key("refunds").begin_array();
  for (const auto& refund : trade.refunds)
    out.begin_object()
        .field("out_refund_no", refund.out_refund_no)
        .field("refund_id", refund.refund_id)
        .field("amount", refund.amount)
        .field("status", refund.status)
        .end_object();
  out.end_array();
}

void write_totals(json::Writer& out, const MerchantTotals& total) {
  out.key("paid")
      .begin_object()
      .field("count", total.paid_count)
      .field("amount", total.paid_amount)
      .end_object();
  out.key("refunded")
      .begin_object()
      .field("count", total.refunded_count)
      .field("amount", total.refunded_amount)
      .end_object();
}

}  // namespace

std::string trade_json(const Trade& trade) {
  const bool paid = trade.state == TradeState::success;
  json::Writer out;
  out.begin_object()
      .field("channel", trade.key.channel)
      .field("mch_id", trade.key.mch_id)
      .field("app_id", trade.app_id)
      .field("out_trade_no", trade.number());
  field_or_null(out, "transaction_id", trade.transaction_id);
  field_or_null(out, "payer", trade.payer);
  out.field("state", to_string(trade.state))
      .field("opened", trade.opened)
      .field("trade_type", trade.trade_type)
      .field("amount", trade.amount);
  if (paid)
    out.field("paid_amount", trade.paid_amount);
  else
    out.key("paid_amount").null();
  out.field("currency", trade.currency)
      .field("description", trade.description)
      .field("notify_url", trade.notify_url);
  for (const char* name : {"code_url", "prepay_id", "h5_url", "qr_code", "order_id", "pay_url"})
    field_or_null(out, name, trade.link(name));
  out.field("created_at", to_rfc3339(trade.created_at))
      .field("expires_at", to_rfc3339(trade.expires_at));
  field_or_null(out, "paid_at", paid ? to_rfc3339(trade.paid_at) : std::string());
  write_refunds(out, trade);
  write_notices(out, trade);
  return out.end_object().take();
}

std::string error_json(std::string_view what) {
  return json::Writer().begin_object().field("error", what).end_object().take();
}

std::string request_json(const RequestRecord& record) {
  json::Writer out;
  out.begin_object()
      .field("at", to_rfc3339(record.at))
      .field("channel", record.channel)
      .field("method", record.method)
      .field("path", record.path)
      .field("operation", record.operation)
      .field("mch_id", record.mch_id)
      .field("verdict", record.verdict)
      .field("status", record.status);
  field_or_null(out, "fault", record.fault);
  return out.end_object().take();
}

std::string fault_json(const Fault& fault) {
  json::Writer out;
  out.begin_object()
      .field("id", fault.id)
      .field("target", fault.target)
      .field("kind", to_string(fault.kind))
      .field("count", fault.count)
      .field("delay_ms", fault.delay_ms)
      .field("amount", fault.amount)
      .field("status", fault.status);
  field_or_null(out, "channel", fault.channel);
  field_or_null(out, "code", fault.code);
  field_or_null(out, "number", fault.number);
  return out.end_object().take();
}

std::string totals_json(const Merchant& merchant, std::string_view channel,
                        const std::map<std::string, MerchantTotals>& by_currency) {
  MerchantTotals all;
  json::Writer currencies;
  currencies.begin_array();
  for (const auto& [currency, total] : by_currency) {
    all.paid_count += total.paid_count;
    all.paid_amount += total.paid_amount;
    all.refunded_count += total.refunded_count;
    all.refunded_amount += total.refunded_amount;
    currencies.begin_object().field("currency", currency);
    write_totals(currencies, total);
    currencies.end_object();
  }
  currencies.end_array();
  json::Writer out;
  out.begin_object()
      .field("channel", channel)
      .field("mch_id", merchant.mch_id)
      .field("account_id", merchant.account_id);
  write_totals(out, all);
  return out.raw_field("currencies", currencies.str()).end_object().take();
}

ControlBody::ControlBody(const net::Request& request)
    : document_(json::Document::parse(request.body)) {
  if (document_) object_.emplace(*document_, errors_);
}

net::Response ControlBody::refusal() const {
  TOLLGATE_ASSERT(!document_);
  return control_invalid(document_.error());
}

json::Object& ControlBody::object() {
  TOLLGATE_ASSERT(object_.has_value());
  return *object_;
}

std::optional<net::Response> ControlBody::problem() {
  object().finish();
  if (errors_.empty()) return std::nullopt;
  return control_invalid(errors_.take());
}

net::Response control_ok(std::string json) {
  return {200, "application/json", std::move(json)};
}

net::Response control_refused(int status, std::string_view why) {
  return {status, "application/json", error_json(why)};
}

net::Response control_invalid(const Error& error) {
  std::string what = error.detail;
  if (!error.fields.empty())
    what = error.fields.front().pointer + " " + error.fields.front().detail;
  return control_refused(error.code == Errc::not_found ? 404 : 422, what);
}

}  // namespace tollgate::sandbox
