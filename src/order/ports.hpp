// What orders ask of payments. The app hands an implementation in; the modules never meet.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/strong_id.hpp"
#include "db/database.hpp"

namespace tollgate::order {

class PaymentsOfOrder {
 public:
  virtual ~PaymentsOfOrder() = default;
  /// The attempts as the API shows them, oldest first.
  virtual std::vector<std::string> list_json(db::Tx& tx, OrderId id) = 0;
  virtual bool has_open(db::Tx& tx, OrderId id) = 0;
  /// Asks the channel about the open attempt, closes it there and confirms: none is left open.
  /// Errors: order_already_paid (the channel says that it is paid, which has been applied);
  /// payment_in_progress (it is being started or closed right now), channel_unavailable,
  /// channel_busy: nothing has changed.
  virtual boost::asio::awaitable<Result<void>> close_open(OrderId id) = 0;
};

}  // namespace tollgate::order
