// Outcomes that say that nobody knows: what every channel's exchange may end as.
#pragma once

#include <string_view>

#include "tollgate/channel.hpp"

namespace tollgate::common {

/// unknown, with a word of the plugin's own instead of the channel's.
sdk::Outcome unknown(sdk::Reason reason, std::string_view code, std::string_view message);
sdk::Outcome unknown(std::string_view code, std::string_view message);

/// Of an exchange with `channel` that brought no answer: "not_sent" or "maybe_sent".
sdk::Outcome not_answered(sdk::Transport transport, std::string_view channel);

}  // namespace tollgate::common
