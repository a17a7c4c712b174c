// Text forms of bytes, and what channels accept as text. Nothing here throws but for lack of
// memory.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tollgate::common {

/// RFC 4648 with padding, one line.
std::string base64_encode(std::string_view bytes);
/// Strict: padding required, no white space, no stray bits; nothing for anything else.
std::optional<std::string> base64_decode(std::string_view text);

std::string hex_lower(std::string_view bytes);
std::string hex_upper(std::string_view bytes);

/// Percent-encodes everything but RFC 3986's unreserved characters (a space becomes %20).
std::string url_encode(std::string_view text);

/// RFC 3629: nothing stray, overlong, cut, and no surrogates.
bool is_utf8(std::string_view text);

/// The first `max_characters` code points of `text` without what channels of the mainland refuse:
/// characters beyond the BMP, control characters, and bytes that are no UTF-8.
std::string bmp_text(std::string_view text, std::size_t max_characters);

/// At most `max_bytes` of `text`, never cut inside a character.
std::string bounded(std::string_view text, std::size_t max_bytes);

/// Decimal digits only, at most 18 of them.
std::optional<std::int64_t> parse_digits(std::string_view text);

/// A decimal number of at most `digits` places after its point, in units of the last of them:
/// ("1.5", 2) is 150. Nothing for signs, exponents, spaces, zeros in front, more places, or more
/// than 15 digits before the point.
std::optional<std::int64_t> parse_decimal(std::string_view text, int digits);
/// The same with a sign before it or none, up to six places and 12 digits before the point.
std::optional<std::int64_t> parse_signed_decimal(std::string_view text, int digits);
/// Of what is not negative, always with all its places: (150, 2) is "1.50".
std::string format_decimal(std::int64_t units, int digits);
/// `amount` counted in units of 10^-from as units of 10^-to; nothing where that is not exact.
std::optional<std::int64_t> change_decimals(std::int64_t amount, int from, int to);

/// As change_decimals, rounded half away from zero where it is not exact; `to` is not above `from`.
std::int64_t round_decimals(std::int64_t amount, int from, int to);

/// True where `word` is among `words`.
bool one_of(std::span<const std::string_view> words, std::string_view word);
/// True for 1..max characters, all of [0-9A-Za-z] or one of `also`.
bool is_token(std::string_view text, std::size_t max, std::string_view also = {});

}  // namespace tollgate::common
