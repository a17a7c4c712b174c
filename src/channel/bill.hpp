// A bill as it comes from a channel: line by line.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <vector>

#include "tollgate/channel.hpp"

namespace tollgate::channel {

/// Takes a bill's lines as they are read; what it throws ends the operation as broken.
using LineSink = std::function<boost::asio::awaitable<void>(std::vector<sdk::BillLine>)>;

}  // namespace tollgate::channel
