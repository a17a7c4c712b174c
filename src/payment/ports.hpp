// What payments ask of orders. The app hands an implementation in; the modules never meet.
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/money.hpp"
#include "base/strong_id.hpp"
#include "db/database.hpp"

namespace tollgate::payment {

/// An order as a payment sees it.
struct PayableOrder {
  OrderId id;
  std::string status;  ///< The API's word.
  bool unpaid = false;
  bool paid = false;  ///< Paid or refunded.
  Money amount;
  std::string description;
  std::string return_page;  ///< Where the channel sends the buyer back.
  TimeMs expires_at;
  TimeMs closing_until;  ///< A cancel or expiry has it until then.
};

/// All inside the caller's unit of work.
class OrdersOfPayment {
 public:
  virtual ~OrdersOfPayment() = default;
  virtual std::optional<PayableOrder> find(db::Tx& tx, OrderId id) = 0;
  /// unpaid → paid with event and stock; false where the order cannot take the money.
  virtual bool mark_paid(db::Tx& tx, OrderId id, TimeMs paid_at) = 0;
  /// unpaid → failed; false where it is not unpaid.
  virtual bool mark_failed(db::Tx& tx, OrderId id) = 0;
};

}  // namespace tollgate::payment
