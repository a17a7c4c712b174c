// What orders ask of payments. The app hands an implementation in; the modules never meet.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/strong_id.hpp"
#include "db/database.hpp"

namespace tollgate::order {

enum class Closing {
  closed,       ///< No open attempt is left: the channel said so for each.
  paid,         ///< The channel says that one is paid; it has been applied.
  unavailable,  ///< The channel could not be asked: nothing is known, nothing has changed.
  busy,         ///< An attempt is being started or closed right now: ask again in a second.
};

class PaymentsOfOrder {
 public:
  virtual ~PaymentsOfOrder() = default;
  /// The attempts as the API shows them, oldest first.
  virtual std::vector<std::string> list_json(db::Tx& tx, OrderId id) = 0;
  virtual bool has_open(db::Tx& tx, OrderId id) = 0;
  /// Asks the channel about the open attempt, closes it there and confirms.
  virtual boost::asio::awaitable<Closing> close_open(OrderId id) = 0;
};

}  // namespace tollgate::order
