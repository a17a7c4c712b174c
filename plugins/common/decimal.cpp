#include "common/decimal.hpp"

#include "common/encoding.hpp"

namespace tollgate::common {

std::string format_decimal(std::int64_t minor, int decimals) {
  const bool negative = minor < 0;
  // Unsigned negation is defined for INT64_MIN too.
  const auto magnitude = negative ? 0 - static_cast<std::uint64_t>(minor)  //
                                  : static_cast<std::uint64_t>(minor);
  std::string digits = std::to_string(magnitude);
  const auto places = static_cast<std::size_t>(decimals);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  if (places > 0) digits.insert(digits.size() - places, 1, '.');
  return negative ? "-" + digits : digits;
}

std::optional<std::int64_t> parse_decimal(std::string_view text, int decimals) {
  const auto dot = text.find('.');
  std::string_view fraction;
  if (dot != std::string_view::npos) {
    fraction = text.substr(dot + 1);
    if (fraction.empty()) return std::nullopt;
  }
  const auto places = static_cast<std::size_t>(decimals);
  if (fraction.size() > places) {
    if (fraction.substr(places).find_first_not_of('0') != std::string_view::npos)
      return std::nullopt;
    fraction = fraction.substr(0, places);
  }
  const std::string_view whole = text.substr(0, dot);
  if (whole.empty()) return std::nullopt;
  std::string digits(whole);
  digits.append(fraction).append(places - fraction.size(), '0');
  return parse_digits(digits);
}

std::optional<std::int64_t> change_decimals(std::int64_t amount, int from, int to) {
  for (; from < to; ++from)
    if (__builtin_mul_overflow(amount, std::int64_t(10), &amount)) return std::nullopt;
  for (; from > to; --from) {
    if (amount % 10 != 0) return std::nullopt;
    amount /= 10;
  }
  return amount;
}

}  // namespace tollgate::common
