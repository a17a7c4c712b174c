#include "text.hpp"

#include <algorithm>
#include <charconv>

namespace tollgate::fuzz {

std::string unescaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t mark = text.starts_with("\\u00") ? 4 : text.starts_with("%") ? 1 : 0;
    unsigned code = 0;
    const auto digits = text.substr(std::min(mark, text.size()), mark == 0 ? 0 : 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    const bool escape = digits.size() == 2 && error == std::errc() && end == digits.end();
    out += escape ? static_cast<char>(code) : text.front();
    text.remove_prefix(escape ? mark + 2 : 1);
  }
  return out;
}

bool says_decimal(std::string_view text, std::int64_t minor, int decimals) {
  const std::string plain = unescaped(text);
  std::string number = std::to_string(minor);
  const auto places = static_cast<std::size_t>(decimals);
  if (number.size() <= places) number.insert(0, places + 1 - number.size(), '0');
  if (decimals > 0) number.insert(number.size() - places, ".");
  while (plain.find(number) == plain.npos) {
    const bool shorter = number.find('.') != number.npos && number.back() == '0';
    if (shorter) number.pop_back();
    if (number.back() == '.') number.pop_back();
    if (!shorter) return false;
  }
  return true;
}

}  // namespace tollgate::fuzz
