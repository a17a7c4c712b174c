#include "ipaylinks/amount.hpp"

#include "common/encoding.hpp"

namespace tollgate::ipaylinks {
namespace {

constexpr std::size_t code_characters = 3;
constexpr std::size_t max_digits = 12;
constexpr int max_decimals = 4;

bool is_listed(std::string_view currency) {
  if (currency.size() != code_characters) return false;
  for (std::size_t at = 0; at < currencies.size(); at += code_characters + 1)
    if (currencies.substr(at, code_characters) == currency) return true;
  return false;
}

/// Decimals of ISO 4217; every listed currency has two or none.
int iso_decimals(std::string_view currency) {
  const bool none =
      currency == "ISK" || currency == "JPY" || currency == "KRW" || currency == "VND";
  return none ? 0 : 2;
}

}  // namespace

std::optional<int> Amounts::decimals(std::string_view currency) const {
  if (!is_listed(currency)) return std::nullopt;
  if (const auto at = overrides_.find(currency); at != overrides_.end()) return at->second;
  if (hundredths_always_ || iso_decimals(currency) == 2) return 2;
  return std::nullopt;
}

std::optional<std::string> Amounts::write(std::int64_t minor, std::string_view currency) const {
  const auto places = decimals(currency);
  if (!places || minor <= 0) return std::nullopt;
  const auto amount = common::change_decimals(minor, iso_decimals(currency), *places);
  if (!amount) return std::nullopt;
  std::string digits = std::to_string(*amount);
  if (digits.size() > max_digits) return std::nullopt;
  return digits;
}

std::optional<std::int64_t> Amounts::read(std::string_view text, std::string_view currency) const {
  const auto places = decimals(currency);
  const auto amount = common::parse_digits(text);
  if (!places || !amount || text.size() > max_digits) return std::nullopt;
  return common::change_decimals(*amount, *places, iso_decimals(currency));
}

std::optional<std::map<std::string, int, std::less<>>> parse_decimals(std::string_view list) {
  std::map<std::string, int, std::less<>> out;
  while (true) {
    const auto end = list.find(',');
    const auto item = list.substr(0, end);
    const auto equals = item.find('=');
    const auto code = item.substr(0, equals);
    if (equals == std::string_view::npos || !is_listed(code)) return std::nullopt;
    const auto places = common::parse_digits(item.substr(equals + 1));
    if (!places || *places > max_decimals) return std::nullopt;
    if (!out.emplace(code, static_cast<int>(*places)).second) return std::nullopt;
    if (end == std::string_view::npos) return out;
    list.remove_prefix(end + 1);
  }
}

}  // namespace tollgate::ipaylinks
