// What payments ask of orders, of refunds and of whoever starts one. The app hands implementations
// in; the modules never meet.
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
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

/// For a caller who may ask for the same start again, and must get one attempt and one answer (the
/// API's idempotency key). Inside units of work, which may run twice.
class Once {
 public:
  virtual ~Once() = default;
  /// Whether the start may go on, in a unit that only reads. An error: it was asked for before, and
  /// start() answers just that.
  virtual Result<void> look(db::Tx& tx) = 0;
  /// The same where it counts: from this unit on it is this start's, until keep(). Before anything
  /// is done, and again later, which changes nothing.
  virtual Result<void> claim(db::Tx& tx) = 0;
  /// What start() will answer, with what the channel said. Throws nothing but for the database.
  virtual void keep(db::Tx& tx, const Result<Payment>& started) = 0;
};

}  // namespace tollgate::payment
