// JSON's texts, without a writer around them.
#pragma once

#include <string>
#include <string_view>

namespace tollgate::json {

/// Appends a string literal with its quotes. Broken bytes are replaced by U+FFFD.
void append_quoted(std::string& out, std::string_view text);

}  // namespace tollgate::json
