#include "sandbox/paypal_wire.hpp"

#include <algorithm>

#include "base/money.hpp"
#include "sandbox/paypal_order.hpp"

namespace tollgate::sandbox {
namespace {

bool is_value(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (point == std::string_view::npos) return !whole.empty() && std::ranges::all_of(whole, digit);
  const std::string_view part = text.substr(point + 1);
  return !part.empty() && std::ranges::all_of(part, digit) && std::ranges::all_of(whole, digit);
}

}  // namespace

std::string PaypalReader::text(json::Object& object, std::string_view name, std::size_t max,
                               bool required) {
  if (!object.has(name)) {
    if (required)
      complain(paypal_schema_error(object.pointer(name), "MISSING_REQUIRED_PARAMETER",
                                   "A required field / parameter is missing."));
    return "";
  }
  return object.optional_text(name, {.max = max}).value_or("");
}

void PaypalReader::word(json::Object& object, std::string_view name,
                        std::initializer_list<std::string_view> known) {
  const std::string value = text(object, name, 255, false);
  if (value.empty() || std::ranges::find(known, value) != known.end()) return;
  PaypalError error = paypal_schema_error(object.pointer(name), "INVALID_PARAMETER_VALUE",
                                          "The value of a field is invalid.");
  error.value = value;
  complain(std::move(error));
}

std::optional<PaypalMoney> PaypalReader::amount(json::Object& object) {
  const std::string place = object.pointer("amount");
  const auto refuse = [&](PaypalError error) {
    complain(std::move(error));
    return std::nullopt;
  };
  auto member = object.optional_object("amount");
  if (!member)
    return refuse(paypal_schema_error(place, "MISSING_REQUIRED_PARAMETER",
                                      "A required field / parameter is missing."));
  PaypalMoney money;
  money.currency = text(*member, "currency_code", 3, true);
  const std::string value = text(*member, "value", 32, true);
  member->finish();
  if (money.currency.empty() || value.empty()) return std::nullopt;
  const auto currency = Currency::parse(money.currency);
  if (!currency)
    return refuse(paypal_issue("INVALID_CURRENCY_CODE", "Currency code is invalid.", place));
  if (!is_value(value))
    return refuse(paypal_schema_error(place + "/value", "INVALID_PARAMETER_SYNTAX",
                                      "The value of a field does not conform to the expected "
                                      "format."));
  const auto point = value.find('.');
  const std::size_t decimals = point == std::string::npos ? 0 : value.size() - point - 1;
  const auto allowed = static_cast<std::size_t>(paypal_decimals(money.currency));
  if (decimals > allowed)
    return refuse(paypal_issue(allowed == 0 ? "DECIMALS_NOT_SUPPORTED" : "DECIMAL_PRECISION",
                               "The currency does not support these decimals.", place + "/value"));
  const auto exact = Money::parse_decimal(value.starts_with('.') ? "0" + value : value, *currency);
  if (!exact || exact->amount_minor() <= 0)
    return refuse(
        paypal_issue("CANNOT_BE_ZERO_OR_NEGATIVE", "Must be greater than zero.", place + "/value"));
  money.minor = exact->amount_minor();
  return money;
}

std::optional<PaypalError> PaypalReader::take(json::Errors& errors) {
  if (error_ || errors.empty()) return std::move(error_);
  const FieldError first = errors.take().fields.front();
  return paypal_schema_error(first.pointer, "INVALID_PARAMETER_SYNTAX", first.detail);
}

void paypal_write_money(json::Writer& out, std::string_view name, std::int64_t minor,
                        const std::string& currency) {
  out.key(name)
      .begin_object()
      .field("currency_code", currency)
      .field("value", paypal_value(minor, currency))
      .end_object();
}

void paypal_write_link(json::Writer& out, std::string_view rel, const std::string& href,
                       std::string_view method) {
  out.begin_object().field("href", href).field("rel", rel).field("method", method).end_object();
}

}  // namespace tollgate::sandbox
