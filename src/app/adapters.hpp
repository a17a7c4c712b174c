// Where the modules meet: each asks through a port of its own, and these answer over the others.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/buyer_asks.hpp"
#include "app/openids.hpp"
#include "base/rate_limit.hpp"
#include "channel/account.hpp"
#include "console/cashier.hpp"
#include "order/service.hpp"
#include "payment/attempts.hpp"
#include "refund/book.hpp"

namespace tollgate::app {

/// Payments ask, orders answer.
class OrdersForPayments final : public payment::OrdersOfPayment {
 public:
  explicit OrdersForPayments(order::OrderService& orders) : orders_(orders) {}
  std::optional<payment::PayableOrder> find(db::Tx& tx, OrderId id) override;
  bool mark_paid(db::Tx& tx, OrderId id, TimeMs paid_at) override;
  bool mark_failed(db::Tx& tx, OrderId id) override;
  bool take_late(db::Tx& tx, OrderId id, TimeMs paid_at) override;

 private:
  order::OrderService& orders_;
};

/// Orders ask, payments answer.
class PaymentsForOrders final : public order::PaymentsOfOrder {
 public:
  explicit PaymentsForOrders(payment::Attempts& attempts) : attempts_(attempts) {}
  std::vector<std::string> list_json(db::Tx& tx, OrderId id) override;
  bool has_open(db::Tx& tx, OrderId id) override;
  boost::asio::awaitable<Result<void>> close_open(OrderId id) override;

 private:
  payment::Attempts& attempts_;
};

/// Refunds ask, payments answer.
class PaymentsForRefunds final : public refund::PaymentsOfRefund {
 public:
  std::optional<refund::Received> find(db::Tx& tx, PayNo pay_no) override;
  std::optional<PayNo> paid_of(db::Tx& tx, OrderId id) override;
  void late_money_moves(db::Tx& tx, PayNo pay_no, std::string_view state) override;
};

/// Refunds tell, orders keep.
class OrdersForRefunds final : public refund::OrdersOfRefund {
 public:
  explicit OrdersForRefunds(order::OrderService& orders) : orders_(orders) {}
  bool exists(db::Tx& tx, OrderId id) override;
  void refunded(db::Tx& tx, OrderId id, std::int64_t amount) override;

 private:
  order::OrderService& orders_;
};

/// Payments hear of refunds and begin them, refunds keep the book.
class RefundsForPayments final : public payment::RefundsOfPayment {
 public:
  explicit RefundsForPayments(refund::Book& book) : book_(book) {}
  std::string_view apply(db::Tx& tx, const std::string& account_id,
                         const payment::Fact& fact) override;
  void give_back(db::Tx& tx, PayNo pay_no, std::string_view cause) override;

 private:
  refund::Book& book_;
};

/// The buyer's pages ask, both answer. What they may start and ask is limited: it takes no more
/// than the order's link.
class CashierForBuyers final : public console::Cashier {
 public:
  CashierForBuyers(order::OrderService& orders, payment::Attempts& attempts,
                   channel::AccountBook& accounts, BuyerAsks& asks, const Openids& openids);

  net::Awaitable<Result<console::CashierView>> view(std::string token) override;
  net::Awaitable<Result<console::StartedAction>> start(std::string token, std::string channel,
                                                       std::string method,
                                                       std::string client_ip) override;
  net::Awaitable<Result<console::Recognition>> recognise(std::string token, console::Choice choice,
                                                         std::string state, WayBack back) override;
  net::Awaitable<Result<console::StartedAction>> start_recognised(std::string token,
                                                                  std::string account_id,
                                                                  std::string code,
                                                                  std::string client_ip) override;
  net::Awaitable<Result<console::CashierView>> returned(std::string token) override;

 private:
  console::CashierView assemble(const order::Order& order, std::string token,
                                const std::vector<payment::Payment>& payments) const;
  std::vector<console::Choice> choices(const order::Order& order) const;
  /// The account that serves a wish for a method that needs an openid and can ask for one, the
  /// strategy's choice before others; empty for none.
  std::string recogniser(const channel::Wish& wish) const;
  std::string title_of(const payment::Payment& payment) const;
  bool is_usable(const payment::Payment& payment) const;

  order::OrderService& orders_;
  payment::Attempts& attempts_;
  channel::AccountBook& accounts_;
  BuyerAsks& asks_;
  const Openids& openids_;
  RateLimit starts_;
};

}  // namespace tollgate::app
