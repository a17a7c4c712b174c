// What the control interface shows.
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
        .field("amount", refund.amount)
        .field("status", refund.status)
        .end_object();
  out.end_array();
}

}  // namespace

std::string trade_json(const Trade& trade) {
  const bool paid = trade.state == TradeState::success;
  json::Writer out;
  out.begin_object()
      .field("channel", trade.key.channel)
      .field("mch_id", trade.key.mch_id)
      .field("app_id", trade.app_id)
      .field("out_trade_no", trade.key.out_trade_no);
  field_or_null(out, "transaction_id", trade.transaction_id);
  out.field("state", to_string(trade.state))
      .field("trade_type", trade.trade_type)
      .field("amount", trade.amount);
  if (paid)
    out.field("paid_amount", trade.paid_amount);
  else
    out.key("paid_amount").null();
  out.field("currency", trade.currency)
      .field("description", trade.description)
      .field("notify_url", trade.notify_url);
  field_or_null(out, "code_url", trade.code_url);
  field_or_null(out, "prepay_id", trade.prepay_id);
  field_or_null(out, "h5_url", trade.h5_url);
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

}  // namespace tollgate::sandbox
