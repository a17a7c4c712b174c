#include "sandbox/paypal_order.hpp"

#include <algorithm>
#include <utility>

#include "base/crypto.hpp"
#include "base/money.hpp"
#include "base/time.hpp"
#include "sandbox/paypal_wire.hpp"

namespace tollgate::sandbox {
namespace {

void read_unit(json::Object& unit, PaypalReader& read, PaypalOrder& order, const PaypalApp& app) {
  PaypalDetails& details = order.details;
  const std::string reference = read.text(unit, "reference_id", 256, false);
  if (!reference.empty()) details.reference_id = reference;
  details.custom_id = read.text(unit, "custom_id", 127, false);
  details.invoice_id = read.text(unit, "invoice_id", 127, false);
  details.description = read.text(unit, "description", 127, false);
  read.text(unit, "soft_descriptor", 22, false);
  if (const auto money = read.amount(unit)) {
    order.amount = money->minor;
    order.currency = money->currency;
  }
  if (auto payee = unit.optional_object("payee")) {
    const std::string merchant = read.text(*payee, "merchant_id", 13, false);
    const std::string email = read.text(*payee, "email_address", 254, false);
    payee->finish();
    if ((!merchant.empty() && merchant != app.merchant_id) ||
        (!email.empty() && email != app.email))
      read.complain(paypal_issue("PAYEE_ACCOUNT_INVALID", "Payee account is invalid.",
                                 unit.pointer("payee")));
  }
  unit.finish();
}

void read_experience(json::Object& context, PaypalReader& read, PaypalDetails& details) {
  details.return_url = read.text(context, "return_url", 2000, false);
  details.cancel_url = read.text(context, "cancel_url", 2000, false);
  for (const auto& [name, url] :
       {std::pair{"return_url", details.return_url}, std::pair{"cancel_url", details.cancel_url}})
    if (!url.empty() && !url.starts_with("https://") && !url.starts_with("http://"))
      read.complain(paypal_schema_error(context.pointer(name), "INVALID_PARAMETER_SYNTAX",
                                        "The value of a field does not conform to the expected "
                                        "format."));
  read.text(context, "brand_name", 127, false);
  read.text(context, "locale", 10, false);
  read.word(context, "landing_page", {"LOGIN", "GUEST_CHECKOUT", "NO_PREFERENCE", "BILLING"});
  read.word(context, "shipping_preference",
            {"GET_FROM_FILE", "NO_SHIPPING", "SET_PROVIDED_ADDRESS"});
  read.word(context, "user_action", {"CONTINUE", "PAY_NOW"});
  read.word(context, "payment_method_preference", {"UNRESTRICTED", "IMMEDIATE_PAYMENT_REQUIRED"});
  context.finish();
}

void read_source(json::Object& body, PaypalReader& read, PaypalDetails& details) {
  if (auto context = body.optional_object("application_context"))
    read_experience(*context, read, details);
  auto source = body.optional_object("payment_source");
  if (!source) return;
  details.with_source = true;
  if (auto paypal = source->optional_object("paypal")) {
    if (auto context = paypal->optional_object("experience_context"))
      read_experience(*context, read, details);
    read.text(*paypal, "email_address", 254, false);
    paypal->finish();
  }
  source->finish();
}

void write_unit(json::Writer& out, const Trade& trade, const PaypalView& view) {
  const auto& details = static_cast<const PaypalDetails&>(*trade.details);
  out.begin_object().field("reference_id", details.reference_id);
  paypal_write_money(out, "amount", trade.amount, trade.currency);
  out.key("payee")
      .begin_object()
      .field("email_address", view.app.email)
      .field("merchant_id", view.payee.value_or(view.app.merchant_id))
      .end_object();
  if (!details.custom_id.empty()) out.field("custom_id", details.custom_id);
  if (!details.invoice_id.empty()) out.field("invoice_id", details.invoice_id);
  if (!details.description.empty()) out.field("description", details.description);
  if (!trade.transaction_id.empty()) {
    out.key("payments").begin_object();
    out.key("captures").begin_array().raw(paypal_capture_json(trade, view)).end_array();
    if (!trade.refunds.empty()) {
      out.key("refunds").begin_array();
      for (const auto& refund : trade.refunds) out.raw(paypal_refund_json(trade, refund, view));
      out.end_array();
    }
    out.end_object();
  }
  out.end_object();
}

/// Of which order a capture is, and whose money: an order's own capture leaves it to the order.
void write_belonging(json::Writer& out, const Trade& trade, const PaypalView& view) {
  out.key("supplementary_data")
      .begin_object()
      .key("related_ids")
      .begin_object()
      .field("order_id", trade.key.out_trade_no)
      .end_object()
      .end_object();
  out.key("payee")
      .begin_object()
      .field("email_address", view.app.email)
      .field("merchant_id", view.payee.value_or(view.app.merchant_id))
      .end_object();
}

std::string_view capture_status(const Trade& trade) {
  if (trade.state == TradeState::pending) return "PENDING";
  if (trade.state == TradeState::failed) return "DECLINED";
  if (trade.refunded() == 0) return "COMPLETED";
  return trade.refunded() == trade.paid_amount ? "REFUNDED" : "PARTIALLY_REFUNDED";
}

void write_order_links(json::Writer& out, const Trade& trade, const PaypalView& view) {
  const auto& details = static_cast<const PaypalDetails&>(*trade.details);
  const std::string self = view.url + "/v2/checkout/orders/" + trade.key.out_trade_no;
  out.key("links").begin_array();
  paypal_write_link(out, "self", self, "GET");
  if (trade.state == TradeState::notpay)
    paypal_write_link(out, details.with_source ? "payer-action" : "approve", trade.link("pay_url"),
                      "GET");
  if (trade.state == TradeState::notpay || trade.state == TradeState::approved)
    paypal_write_link(out, "capture", self + "/capture", "POST");
  out.end_array();
}

}  // namespace

int paypal_decimals(std::string_view currency) {
  if (currency == "HUF" || currency == "TWD") return 0;
  const auto known = Currency::parse(currency);
  return known ? known->exponent() : 2;
}

std::string paypal_value(std::int64_t minor, std::string_view currency) {
  const auto known = Currency::parse(currency);
  if (!known) return std::to_string(minor);
  std::string text = Money(minor, *known).to_decimal();
  const auto point = text.find('.');
  if (paypal_decimals(currency) == 0 && point != std::string::npos) text.resize(point);
  return text;
}

PaypalOrderOrError read_paypal_order(const std::string& body, const PaypalApp& app) {
  PaypalOrderOrError out;
  const auto document = json::Document::parse(body);
  if (!document) {
    out.error = paypal_schema_error("", "MALFORMED_REQUEST_JSON", document.error().detail);
    return out;
  }
  json::Errors errors;
  PaypalReader read;
  json::Object object(*document, errors);
  if (read.text(object, "intent", 255, true) == "AUTHORIZE")
    read.complain(paypal_issue("NOT_SUPPORTED", "Authorisations are not simulated.", "/intent"));
  read.word(object, "intent", {"CAPTURE", "AUTHORIZE"});
  int units = 0;
  object.objects("purchase_units", 1, 10, [&](json::Object& unit) {
    if (++units == 1) read_unit(unit, read, out.order, app);
  });
  if (units == 0)
    read.complain(paypal_schema_error("/purchase_units", "MISSING_REQUIRED_PARAMETER",
                                      "A required field / parameter is missing."));
  if (units > 1)
    read.complain(
        paypal_issue("NOT_SUPPORTED", "Several units are not simulated.", "/purchase_units"));
  read_source(object, read, out.order.details);
  object.finish();
  out.error = read.take(errors);
  return out;
}

std::optional<PaypalError> read_paypal_capture(const std::string& body) {
  if (body.empty()) return std::nullopt;
  const auto document = json::Document::parse(body);
  if (!document) return paypal_schema_error("", "MALFORMED_REQUEST_JSON", document.error().detail);
  json::Errors errors;
  json::Object object(*document, errors);
  object.raw("payment_source");
  object.finish();
  return PaypalReader().take(errors);
}

PaypalRefundOrError read_paypal_refund(const std::string& body) {
  PaypalRefundOrError out;
  if (body.empty()) return out;
  const auto document = json::Document::parse(body);
  if (!document) {
    out.error = paypal_schema_error("", "MALFORMED_REQUEST_JSON", document.error().detail);
    return out;
  }
  json::Errors errors;
  PaypalReader read;
  json::Object object(*document, errors);
  if (object.has("amount")) out.refund.amount = read.amount(object);
  out.refund.details.custom_id = read.text(object, "custom_id", 127, false);
  out.refund.details.invoice_id = read.text(object, "invoice_id", 127, false);
  out.refund.details.note = read.text(object, "note_to_payer", 255, false);
  object.finish();
  out.error = read.take(errors);
  return out;
}

std::string paypal_status(const Trade& trade) {
  const auto& details = static_cast<const PaypalDetails&>(*trade.details);
  switch (trade.state) {
    case TradeState::notpay:
      return details.with_source ? "PAYER_ACTION_REQUIRED" : "CREATED";
    case TradeState::approved:
      return "APPROVED";
    case TradeState::closed:
      return "VOIDED";
    default:
      return "COMPLETED";
  }
}

std::string paypal_order_json(const Trade& trade, const PaypalView& view, bool full) {
  json::Writer out;
  out.begin_object().field("id", trade.key.out_trade_no).field("status", paypal_status(trade));
  if (full) {
    out.field("intent", "CAPTURE").field("create_time", paypal_time(trade.created_at));
    out.key("purchase_units").begin_array();
    PaypalView inside = view;
    inside.within_order = true;
    write_unit(out, trade, inside);
    out.end_array();
    out.key("payment_source").begin_object().key("paypal").begin_object();
    if (!trade.payer.empty())
      out.field("email_address", trade.payer).field("account_id", paypal_payer_id(trade.payer));
    out.end_object().end_object();
    if (!trade.payer.empty())
      out.key("payer")
          .begin_object()
          .field("email_address", trade.payer)
          .field("payer_id", paypal_payer_id(trade.payer))
          .end_object();
  }
  write_order_links(out, trade, view);
  return out.end_object().take();
}

std::string paypal_capture_json(const Trade& trade, const PaypalView& view) {
  const auto& details = static_cast<const PaypalDetails&>(*trade.details);
  const bool paid = trade.state == TradeState::success;
  const std::int64_t booked = paid ? trade.paid_amount : trade.agreed_amount.value_or(trade.amount);
  const std::int64_t gross = view.amount.value_or(booked);
  const std::string currency = view.currency.value_or(trade.currency);
  const std::string self = view.url + "/v2/payments/captures/" + trade.transaction_id;
  json::Writer out;
  out.begin_object().field("id", trade.transaction_id).field("status", capture_status(trade));
  if (trade.state == TradeState::pending)
    out.key("status_details").begin_object().field("reason", "PENDING_REVIEW").end_object();
  paypal_write_money(out, "amount", gross, currency);
  out.field("final_capture", true);
  if (!details.custom_id.empty()) out.field("custom_id", details.custom_id);
  if (!details.invoice_id.empty()) out.field("invoice_id", details.invoice_id);
  out.key("seller_receivable_breakdown").begin_object();
  paypal_write_money(out, "gross_amount", gross, currency);
  paypal_write_money(out, "paypal_fee", 0, currency);
  paypal_write_money(out, "net_amount", gross, currency);
  out.end_object();
  if (!view.within_order) write_belonging(out, trade, view);
  out.field("create_time", paypal_time(trade.paid_at))
      .field("update_time", paypal_time(trade.paid_at));
  out.key("links").begin_array();
  paypal_write_link(out, "self", self, "GET");
  paypal_write_link(out, "refund", self + "/refund", "POST");
  paypal_write_link(out, "up", view.url + "/v2/checkout/orders/" + trade.key.out_trade_no, "GET");
  return out.end_array().end_object().take();
}

std::string paypal_payer_id(std::string_view payer) {
  constexpr std::string_view letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
  std::string out;
  for (const char c : sha256(payer).substr(0, 13))
    out += letters[static_cast<unsigned char>(c) % letters.size()];
  return out;
}

std::string paypal_time(TimeMs time) {
  return to_rfc3339(time).substr(0, 19) + "Z";
}

}  // namespace tollgate::sandbox
