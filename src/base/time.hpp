// Times as text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace tollgate {

/// RFC 3339 in UTC with milliseconds: 2026-11-22T09:30:00.123Z.
std::string to_rfc3339(TimeMs time);

/// Reads RFC 3339 with any offset and up to nine digits of fraction (cut to milliseconds).
/// Nothing for an invalid text or date.
std::optional<TimeMs> from_rfc3339(std::string_view text);

/// RFC 9110 IMF-fixdate, as the HTTP Date header wants it.
std::string to_http_date(TimeMs time);

}  // namespace tollgate
