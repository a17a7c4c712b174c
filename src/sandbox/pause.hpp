// Waiting in a coroutine.
#pragma once

#include <cstdint>

#include "net/http.hpp"

namespace tollgate::sandbox {

/// Comes back after `ms`. Throws where the waiting coroutine is cancelled.
net::Awaitable<void> pause(std::int64_t ms);

}  // namespace tollgate::sandbox
