#include "common/encoding.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace tollgate::common {
namespace {

constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr auto base64_values = [] {
  std::array<std::int32_t, 256> values{};
  for (auto& value : values) value = -1;
  for (std::size_t i = 0; i < base64_alphabet.size(); ++i)
    values[static_cast<unsigned char>(base64_alphabet[i])] = static_cast<std::int32_t>(i);
  return values;
}();

std::uint32_t byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

std::string hex(std::string_view bytes, std::string_view digits) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text += digits[byte_at(bytes, i) >> 4];
    text += digits[byte_at(bytes, i) & 15];
  }
  return text;
}

bool alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// Length of the UTF-8 character at `at`; 0 where there is none (stray, overlong, surrogate, cut).
std::size_t character_length(std::string_view text, std::size_t at) {
  const std::uint32_t lead = byte_at(text, at);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                             : lead >= 0xE0 && lead <= 0xEF ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
  if (length == 0 || length > text.size() - at) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte_at(text, at + i) & 0xC0) != 0x80) return 0;
  const std::uint32_t second = byte_at(text, at + 1);
  const bool bad = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                   (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
  return bad ? 0 : length;
}

}  // namespace

bool is_utf8(std::string_view text) {
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  for (std::size_t at = 0; at < text.size();) {
    std::uint64_t eight = high_bits;
    if (text.size() - at >= sizeof(eight)) std::memcpy(&eight, text.data() + at, sizeof(eight));
    const std::size_t length =
        (eight & high_bits) == 0 ? sizeof(eight) : character_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string base64_encode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = byte_at(bytes, i) << 16;
    if (count > 1) group |= byte_at(bytes, i + 1) << 8;
    if (count > 2) group |= byte_at(bytes, i + 2);
    text += base64_alphabet[group >> 18];
    text += base64_alphabet[(group >> 12) & 63];
    text += count > 1 ? base64_alphabet[(group >> 6) & 63] : '=';
    text += count > 2 ? base64_alphabet[group & 63] : '=';
  }
  return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::string bytes(text.size() / 4 * 3, '\0');
  char* out = bytes.data();
  const auto put = [&out](std::int32_t group) {
    *out++ = static_cast<char>(group >> 16);
    *out++ = static_cast<char>(group >> 8);
    *out++ = static_cast<char>(group);
  };
  const auto value = [text](std::size_t at) { return base64_values[byte_at(text, at)]; };
  const std::size_t whole = padding > 0 ? text.size() - 4 : text.size();
  std::int32_t seen = 0;  // negative once something was no digit
  for (std::size_t i = 0; i < whole; i += 4) {
    const std::int32_t group =
        value(i) << 18 | value(i + 1) << 12 | value(i + 2) << 6 | value(i + 3);
    seen |= group;
    put(group);
  }
  if (padding > 0) {
    const std::int32_t third = padding == 1 ? value(whole + 2) : 0;
    const std::int32_t group = value(whole) << 18 | value(whole + 1) << 12 | third << 6;
    seen |= group;
    put(group);
  }
  if (seen < 0) return std::nullopt;
  for (std::size_t i = 0; i < padding; ++i) {
    if (bytes.back() != '\0') return std::nullopt;
    bytes.pop_back();
  }
  return bytes;
}

std::string hex_lower(std::string_view bytes) {
  return hex(bytes, "0123456789abcdef");
}
std::string hex_upper(std::string_view bytes) {
  return hex(bytes, "0123456789ABCDEF");
}

std::string url_encode(std::string_view text) {
  std::string encoded;
  for (const char& c : text) {
    if (alphanumeric(c) || std::string_view("-._~").find(c) != std::string_view::npos)
      encoded += c;
    else
      encoded += "%" + hex_upper(std::string_view(&c, 1));
  }
  return encoded;
}

std::string bmp_text(std::string_view text, std::size_t max_characters) {
  std::string kept;
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size() && characters < max_characters;) {
    const std::size_t length = character_length(text, at);
    const bool control = length == 1 && (byte_at(text, at) < 0x20 || byte_at(text, at) == 0x7F);
    if (length > 0 && length < 4 && !control) {
      kept += text.substr(at, length);
      ++characters;
    }
    at += length > 0 ? length : 1;
  }
  return kept;
}

std::string bounded(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  std::size_t end = max_bytes;
  while (end > 0 && (byte_at(text, end) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end));
}

std::optional<std::int64_t> parse_digits(std::string_view text) {
  if (text.empty() || text.size() > 18) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::optional<std::int64_t> parse_decimal(std::string_view text, int digits) {
  constexpr std::size_t max_whole = 15;
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto fraction = point == text.npos ? std::string_view() : text.substr(point + 1);
  const auto places = static_cast<std::size_t>(digits);
  if (whole.empty() || whole.size() > max_whole || (whole.size() > 1 && whole[0] == '0') ||
      fraction.size() > places || places > 18 - max_whole ||
      (point != text.npos && fraction.empty()))
    return std::nullopt;
  return parse_digits(std::string(whole) + std::string(fraction) +
                      std::string(places - fraction.size(), '0'));
}

std::optional<std::int64_t> parse_signed_decimal(std::string_view text, int digits) {
  constexpr std::size_t max_whole = 12;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto fraction = point == text.npos ? std::string_view() : text.substr(point + 1);
  const auto places = static_cast<std::size_t>(digits);
  if (whole.empty() || whole.size() > max_whole || fraction.size() > places ||
      places > 18 - max_whole || (point != text.npos && fraction.empty()))
    return std::nullopt;
  const auto value = parse_digits(std::string(whole) + std::string(fraction) +
                                  std::string(places - fraction.size(), '0'));
  if (!value) return std::nullopt;
  return negative ? -*value : *value;
}

std::string format_decimal(std::int64_t units, int digits) {
  std::string text = std::to_string(units);
  const auto places = static_cast<std::size_t>(digits);
  if (places == 0) return text;
  if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
  return text.insert(text.size() - places, 1, '.');
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

std::int64_t round_decimals(std::int64_t amount, int from, int to) {
  std::int64_t unit = 1;
  for (; from > to; --from) unit *= 10;
  const std::int64_t half = amount < 0 ? -(unit / 2) : unit / 2;
  return unit == 1 ? amount : (amount + half) / unit;
}

bool one_of(std::span<const std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_token(std::string_view text, std::size_t max, std::string_view also) {
  if (text.empty() || text.size() > max) return false;
  for (const char c : text)
    if (!alphanumeric(c) && also.find(c) == std::string_view::npos) return false;
  return true;
}

}  // namespace tollgate::common
