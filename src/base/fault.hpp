// Named fault points for crash tests: TOLLGATE_FAULT=<point>[:n] kills the process (SIGKILL) when
// the point is passed for the n-th time. Free when unset: one load of a constant.
#pragma once

#include <string_view>

namespace tollgate::fault {

/// True where the environment names this point.
bool armed(std::string_view point);

/// Passes the point. Thread-safe.
void point(std::string_view name);

}  // namespace tollgate::fault
