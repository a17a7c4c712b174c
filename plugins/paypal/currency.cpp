#include "paypal/currency.hpp"

#include <algorithm>
#include <array>

#include "common/encoding.hpp"

namespace tollgate::paypal {
namespace {

/// "100.00" is a fine way to write 100 yen.
constexpr int finest_decimals = 3;

struct Row {
  std::string_view code;
  int iso;     // decimals of the minor unit
  int paypal;  // decimals that PayPal takes
};

// In-country currencies (BRL, CNY, INR, MYR) and what is not listed by PayPal are not offered.
constexpr std::array rows{
    Row{"AUD", 2, 2}, Row{"CAD", 2, 2}, Row{"CHF", 2, 2}, Row{"CZK", 2, 2}, Row{"DKK", 2, 2},
    Row{"EUR", 2, 2}, Row{"GBP", 2, 2}, Row{"HKD", 2, 2}, Row{"HUF", 2, 0}, Row{"ILS", 2, 2},
    Row{"JPY", 0, 0}, Row{"MXN", 2, 2}, Row{"NOK", 2, 2}, Row{"NZD", 2, 2}, Row{"PHP", 2, 2},
    Row{"PLN", 2, 2}, Row{"SEK", 2, 2}, Row{"SGD", 2, 2}, Row{"THB", 2, 2}, Row{"TWD", 2, 0},
    Row{"USD", 2, 2},
};

const Row* find(std::string_view currency) {
  const auto* const at =
      std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.code == currency; });
  return at == rows.end() ? nullptr : at;
}

}  // namespace

std::string_view currencies() {
  static const std::string list = [] {
    std::string text;
    for (const auto& row : rows) text.append(text.empty() ? "" : ",").append(row.code);
    return text;
  }();
  return list;
}

std::optional<std::string> format_amount(std::int64_t minor, std::string_view currency) {
  const Row* const row = find(currency);
  if (!row || minor <= 0) return std::nullopt;
  const auto amount = common::change_decimals(minor, row->iso, row->paypal);
  if (!amount) return std::nullopt;
  return common::format_decimal(*amount, row->paypal);
}

std::optional<std::int64_t> parse_amount(std::string_view value, std::string_view currency) {
  const Row* const row = find(currency);
  if (!row) return std::nullopt;
  const auto fine = common::parse_decimal(value, finest_decimals);
  return fine ? common::change_decimals(*fine, finest_decimals, row->iso) : std::nullopt;
}

}  // namespace tollgate::paypal
