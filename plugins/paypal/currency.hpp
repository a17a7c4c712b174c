// The currencies that PayPal takes, and how it writes amounts in them (paypal.md section 3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::paypal {

/// As a capability lists them.
std::string_view currencies();

/// `minor` of ISO 4217 as PayPal's decimal text. Nothing for another currency, for what is not
/// positive, and where PayPal takes fewer decimals than the amount has (HUF, TWD).
std::optional<std::string> format_amount(std::int64_t minor, std::string_view currency);

/// PayPal's decimal text as minor units of ISO 4217; nothing where it is none, is not exact or the
/// currency is another.
std::optional<std::int64_t> parse_amount(std::string_view value, std::string_view currency);

}  // namespace tollgate::paypal
