// What payments ask of orders and refunds. The app hands implementations in; the modules never
// meet.
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/money.hpp"
#include "base/strong_id.hpp"
#include "db/database.hpp"
#include "payment/model.hpp"

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
  /// expired or cancelled → paid, with event and stock; false where that is not possible any more.
  virtual bool take_late(db::Tx& tx, OrderId id, TimeMs paid_at) = 0;
};

/// All inside the caller's unit of work.
class RefundsOfPayment {
 public:
  virtual ~RefundsOfPayment() = default;
  /// Applies what a channel said about a refund; a word for what that did.
  virtual std::string_view apply(db::Tx& tx, const std::string& account_id, const Fact& fact) = 0;
  /// Begins to give back the money of an attempt that no order took. Once per attempt; `cause` is a
  /// word for the record.
  virtual void give_back(db::Tx& tx, PayNo pay_no, std::string_view cause) = 0;
};

}  // namespace tollgate::payment
