// What refunds ask of payments and orders. The app hands implementations in; the modules never
// meet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/strong_id.hpp"
#include "db/database.hpp"

namespace tollgate::refund {

/// The money that an attempt brought in.
struct Received {
  PayNo pay_no;
  OrderId order_id;
  std::string account_id, channel, method, currency, channel_trade_no;
  std::int64_t amount = 0;  ///< 0: nothing was paid.
  bool of_order = false;    ///< It paid its order; else it came late, twice or in another amount.
};

/// All inside the caller's unit of work.
class PaymentsOfRefund {
 public:
  virtual ~PaymentsOfRefund() = default;
  virtual std::optional<Received> find(db::Tx& tx, PayNo pay_no) = 0;
  /// The attempt that paid the order.
  virtual std::optional<PayNo> paid_of(db::Tx& tx, OrderId id) = 0;
  /// A refund of money that no order took was begun, has succeeded or has failed.
  virtual void late_money_moves(db::Tx& tx, PayNo pay_no, std::string_view state) = 0;
};

/// All inside the caller's unit of work.
class OrdersOfRefund {
 public:
  virtual ~OrdersOfRefund() = default;
  virtual bool exists(db::Tx& tx, OrderId id) = 0;
  /// So much of what the order was paid with went back: the order's amount_refunded grows, and
  /// where nothing is left it turns refunded, with its event.
  virtual void refunded(db::Tx& tx, OrderId id, std::int64_t amount) = 0;
};

}  // namespace tollgate::refund
