// Text in the character sets of the mainland's channels.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tollgate::common {

enum class Charset { utf8, gbk };

/// By the names that channels use, in any case: UTF-8, GBK, GB2312, GB18030.
std::optional<Charset> charset_of(std::string_view name);

/// Nothing where `text` is none in `from`, has characters that `to` lacks, or the system's C
/// library does not offer the conversion.
std::optional<std::string> transcode(std::string_view text, Charset from, Charset to);

}  // namespace tollgate::common
