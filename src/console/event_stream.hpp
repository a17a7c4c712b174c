// One buyer's event stream (server-sent events).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/strong_id.hpp"
#include "console/cashier.hpp"
#include "console/status_hub.hpp"
#include "net/http.hpp"

namespace tollgate::console {

/// How often a silent stream says that it lives, and reads the order again: another instance may
/// have changed it.
inline constexpr std::int64_t heartbeat_ms = 15'000;

/// `event: status` with {"order_id", "status"}.
std::string status_event(OrderId order, std::string_view status);

/// Writes the present status, then each change, until a final one was written, the client has gone
/// or the order cannot be read. `cashier` must outlive it.
net::Awaitable<void> stream_status(Cashier& cashier, std::string token,
                                   std::shared_ptr<StatusHub::Subscription> subscription,
                                   std::shared_ptr<net::StreamWriter> writer);

}  // namespace tollgate::console
