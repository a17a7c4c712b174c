// How channels write texts and amounts, for the rules that look for what was said.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::fuzz {

/// What JSON's and forms' escapes of ASCII stand for; all else as it is.
std::string unescaped(std::string_view text);

/// Whether the text, once unescaped, holds the amount in major units with these decimals or, where
/// the last of them are zeros, with fewer.
bool says_decimal(std::string_view text, std::int64_t minor, int decimals);

}  // namespace tollgate::fuzz
