// Where log lines go instead of standard error. For tests and simulation.
#pragma once

#include <functional>
#include <string_view>

#include "base/log.hpp"

namespace tollgate::log {

/// Gets each line without its time and level: "event":…,fields as JSON members.
using Sink = std::function<void(Level level, std::string_view line)>;

/// From now on `sink` gets what would be written; an empty one: standard error again. Not
/// thread-safe: call while nothing is logged.
void set_sink(Sink sink);

}  // namespace tollgate::log
