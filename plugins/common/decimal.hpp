// Amounts as channels write them: decimal text of major units. Exact; no floating point.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::common {

/// "12.34" for 1234 with 2 decimals, "500" with none, "-0.05" for -5.
std::string format_decimal(std::int64_t minor, int decimals);

/// The inverse, for what is not negative: digits, then perhaps a point and digits. Decimals beyond
/// `decimals` must be zero. Nothing for all else and for what does not fit.
std::optional<std::int64_t> parse_decimal(std::string_view text, int decimals);

/// `amount` counted in units of 10^-from as units of 10^-to; nothing where that is not exact.
std::optional<std::int64_t> change_decimals(std::int64_t amount, int from, int to);

}  // namespace tollgate::common
