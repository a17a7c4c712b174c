// Outcomes that say that nobody knows: what every channel's exchange may end as.
#pragma once

#include <cstdint>
#include <string_view>

#include "tollgate/channel.hpp"

namespace tollgate::common {

/// unknown, with a word of the plugin's own instead of the channel's.
sdk::Outcome unknown(sdk::Reason reason, std::string_view code, std::string_view message);
sdk::Outcome unknown(std::string_view code, std::string_view message);

/// Of an exchange with `channel` that brought no answer: "not_sent" or "maybe_sent".
sdk::Outcome not_answered(sdk::Transport transport, std::string_view channel);

/// Nothing came of it: the same again in `after_s`.
sdk::Outcome retry(sdk::Reason reason, std::string_view code, std::string_view message,
                   std::int64_t after_s);
/// What only reads has lost nothing where nobody knows how it ended: unknown becomes retry in
/// `after_s`. All else stays.
sdk::Outcome retry_where_unknown(sdk::Outcome outcome, std::int64_t after_s);

}  // namespace tollgate::common
