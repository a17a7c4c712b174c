#include "sandbox/paypal_order.hpp"

#include <algorithm>
#include <utility>

#include "base/crypto.hpp"
#include "base/json_reader.hpp"
#include "base/json_writer.hpp"
#include "base/money.hpp"
#include "base/time.hpp"

namespace tollgate::sandbox {
namespace {

/// Reads members; the first complaint is the one that is answered.
class Reader {
 public:
  void complain(PaypalError error) {
    if (!error_) error_ = std::move(error);
  }
  std::string text(json::Object& object, std::string_view name, std::size_t max, bool required) {
    if (!object.has(name)) {
      if (required)
        complain(paypal_schema_error(object.pointer(name), "MISSING_REQUIRED_PARAMETER",
                                     "A required field / parameter is missing."));
      return "";
    }
    return object.optional_text(name, {.max = max}).value_or("");
  }
  void word(json::Object& object, std::string_view name,
            std::initializer_list<std::string_view> known) {
    const std::string value = text(object, name, 255, false);
    if (value.empty() || std::ranges::find(known, value) != known.end()) return;
    PaypalError error = paypal_schema_error(object.pointer(name), "INVALID_PARAMETER_VALUE",
                                            "The value of a field is invalid.");
    error.value = value;
    complain(std::move(error));
  }
  std::optional<PaypalError> take() { return std::move(error_); }

 private:
  std::optional<PaypalError> error_;
};

bool is_value(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (point == std::string_view::npos) return !whole.empty() && std::ranges::all_of(whole, digit);
  const std::string_view part = text.substr(point + 1);
  return !part.empty() && std::ranges::all_of(part, digit) && std::ranges::all_of(whole, digit);
}

void read_amount(json::Object& unit, Reader& read, PaypalOrder& order) {
  const std::string place = unit.pointer("amount");
  auto amount = unit.optional_object("amount");
  if (!amount)
    return read.complain(paypal_schema_error(place, "MISSING_REQUIRED_PARAMETER",
                                             "A required field / parameter is missing."));
  order.currency = read.text(*amount, "currency_code", 3, true);
  const std::string value = read.text(*amount, "value", 32, true);
  amount->finish();
  if (order.currency.empty() || value.empty()) return;
  const auto currency = Currency::parse(order.currency);
  if (!currency)
    return read.complain(paypal_issue("INVALID_CURRENCY_CODE", "Currency code is invalid.", place));
  if (!is_value(value))
    return read.complain(paypal_schema_error(place + "/value", "INVALID_PARAMETER_SYNTAX",
                                             "The value of a field does not conform to the "
                                             "expected format."));
  const auto point = value.find('.');
  const std::size_t decimals = point == std::string::npos ? 0 : value.size() - point - 1;
  const auto allowed = static_cast<std::size_t>(paypal_decimals(order.currency));
  if (decimals > allowed)
    return read.complain(paypal_issue(allowed == 0 ? "DECIMALS_NOT_SUPPORTED" : "DECIMAL_PRECISION",
                                      "The currency does not support these decimals.",
                                      place + "/value"));
  const auto money = Money::parse_decimal(value.starts_with('.') ? "0" + value : value, *currency);
  if (!money || money->amount_minor() <= 0)
    return read.complain(
        paypal_issue("CANNOT_BE_ZERO_OR_NEGATIVE", "Must be greater than zero.", place + "/value"));
  order.amount = money->amount_minor();
}

void read_unit(json::Object& unit, Reader& read, PaypalOrder& order, const PaypalApp& app) {
  PaypalDetails& details = order.details;
  const std::string reference = read.text(unit, "reference_id", 256, false);
  if (!reference.empty()) details.reference_id = reference;
  details.custom_id = read.text(unit, "custom_id", 127, false);
  details.invoice_id = read.text(unit, "invoice_id", 127, false);
  details.description = read.text(unit, "description", 127, false);
  read.text(unit, "soft_descriptor", 22, false);
  read_amount(unit, read, order);
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

void read_experience(json::Object& context, Reader& read, PaypalDetails& details) {
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

void read_source(json::Object& body, Reader& read, PaypalDetails& details) {
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

void write_money(json::Writer& out, std::string_view name, std::int64_t minor,
                 const std::string& currency) {
  out.key(name)
      .begin_object()
      .field("currency_code", currency)
      .field("value", paypal_value(minor, currency))
      .end_object();
}

void write_link(json::Writer& out, std::string_view rel, const std::string& href,
                std::string_view method) {
  out.begin_object().field("href", href).field("rel", rel).field("method", method).end_object();
}

void write_unit(json::Writer& out, const Trade& trade, const PaypalView& view) {
  const auto& details = static_cast<const PaypalDetails&>(*trade.details);
  out.begin_object().field("reference_id", details.reference_id);
  write_money(out, "amount", trade.amount, trade.currency);
  out.key("payee")
      .begin_object()
      .field("email_address", view.app.email)
      .field("merchant_id", view.payee.value_or(view.app.merchant_id))
      .end_object();
  if (!details.custom_id.empty()) out.field("custom_id", details.custom_id);
  if (!details.invoice_id.empty()) out.field("invoice_id", details.invoice_id);
  if (!details.description.empty()) out.field("description", details.description);
  if (!trade.transaction_id.empty())
    out.key("payments")
        .begin_object()
        .key("captures")
        .begin_array()
        .raw(paypal_capture_json(trade, view))
        .end_array()
        .end_object();
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
  write_link(out, "self", self, "GET");
  if (trade.state == TradeState::notpay)
    write_link(out, details.with_source ? "payer-action" : "approve", trade.link("pay_url"), "GET");
  if (trade.state == TradeState::notpay || trade.state == TradeState::approved)
    write_link(out, "capture", self + "/capture", "POST");
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
  Reader read;
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
  out.error = read.take();
  if (!out.error && !errors.empty()) {
    const FieldError first = errors.take().fields.front();
    out.error = paypal_schema_error(first.pointer, "INVALID_PARAMETER_SYNTAX", first.detail);
  }
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
  if (errors.empty()) return std::nullopt;
  const FieldError first = errors.take().fields.front();
  return paypal_schema_error(first.pointer, "INVALID_PARAMETER_SYNTAX", first.detail);
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
  write_money(out, "amount", gross, currency);
  out.field("final_capture", true);
  if (!details.custom_id.empty()) out.field("custom_id", details.custom_id);
  if (!details.invoice_id.empty()) out.field("invoice_id", details.invoice_id);
  out.key("seller_receivable_breakdown").begin_object();
  write_money(out, "gross_amount", gross, currency);
  write_money(out, "paypal_fee", 0, currency);
  write_money(out, "net_amount", gross, currency);
  out.end_object();
  if (!view.within_order) write_belonging(out, trade, view);
  out.field("create_time", paypal_time(trade.paid_at))
      .field("update_time", paypal_time(trade.paid_at));
  out.key("links").begin_array();
  write_link(out, "self", self, "GET");
  write_link(out, "refund", self + "/refund", "POST");
  write_link(out, "up", view.url + "/v2/checkout/orders/" + trade.key.out_trade_no, "GET");
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
