#include "console/amount.hpp"

#include <array>
#include <stdexcept>
#include <utility>

#include "base/money.hpp"

namespace tollgate::console {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> symbols{{
    {"CNY", "¥"},
    {"JPY", "¥"},
    {"USD", "$"},
    {"EUR", "€"},
    {"GBP", "£"},
    {"HKD", "HK$"},
    {"KRW", "₩"},
    {"TWD", "NT$"},
    {"INR", "₹"},
}};

std::string_view symbol_of(std::string_view code) {
  for (const auto& [of, symbol] : symbols)
    if (of == code) return symbol;
  return {};
}

std::string grouped(std::string decimal) {
  const std::size_t first = decimal.starts_with('-') ? 1 : 0;
  std::size_t at = decimal.find('.');
  if (at == std::string::npos) at = decimal.size();
  while (at > first + 3) {
    at -= 3;
    decimal.insert(at, 1, ',');
  }
  return decimal;
}

}  // namespace

AmountText amount_text(std::int64_t amount_minor, std::string_view currency) {
  const auto known = Currency::parse(currency);
  if (!known) throw std::invalid_argument("an order has an unknown currency");
  const std::string decimal = Money(amount_minor, *known).to_decimal();
  return {.symbol = std::string(symbol_of(currency)),
          .number = grouped(decimal),
          .decimal = decimal,
          .code = std::string(currency)};
}

}  // namespace tollgate::console
