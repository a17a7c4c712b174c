// Times as channels write them. All times here are Unix milliseconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::common {

/// Beijing's time, in seconds east of UTC.
inline constexpr std::int64_t beijing_s = 8 * 3'600;

/// "2026-01-01T12:30:00+08:00": Beijing's offset, whole seconds, rounded down.
std::string format_rfc3339_beijing(std::int64_t unix_ms);

/// "2026-01-01 12:30:00": Beijing's time without saying so, whole seconds, rounded down.
std::string format_beijing(std::int64_t unix_ms);

/// What format_beijing writes; nothing for anything else.
std::optional<std::int64_t> parse_beijing(std::string_view text);

/// "20260101123000" in a zone of whole hours east of UTC; rounded down to seconds.
std::string format_compact(std::int64_t unix_ms, int utc_offset_h);
/// What format_compact writes; nothing for anything else.
std::optional<std::int64_t> parse_compact(std::string_view text, int utc_offset_h);

/// RFC 3339 with any offset or Z; fractions beyond milliseconds are dropped. Nothing for anything
/// else.
std::optional<std::int64_t> parse_rfc3339(std::string_view text);

}  // namespace tollgate::common
