// UTF-8 as RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tollgate {

bool is_valid_utf8(std::string_view text);
/// Each broken byte becomes U+FFFD.
std::string repair_utf8(std::string_view text);
/// Code points of valid text.
std::size_t utf8_length(std::string_view text);
/// The longest front of valid text with at most `count` code points.
std::string_view utf8_prefix(std::string_view text, std::size_t count);
/// True where a control character (below U+0020, or U+007F) stands in the text.
bool has_control_characters(std::string_view text);

}  // namespace tollgate
