// sd_notify(3) without its library: a datagram to $NOTIFY_SOCKET.
#pragma once

#include <cstdint>
#include <string_view>

namespace tollgate::app::systemd {

/// Nothing where the process was not started by systemd. Never throws.
void notify(std::string_view state);

/// How often "WATCHDOG=1" is due, in milliseconds (half of $WATCHDOG_USEC); 0: never.
std::int64_t watchdog_ms();

}  // namespace tollgate::app::systemd
