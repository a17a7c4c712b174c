// The merchants and their customers: orders made, paid, changed and dropped through the API, over a
// bad line, by programs that do not give up.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "simulate/channel_side.hpp"
#include "simulate/receivers.hpp"
#include "simulate/refund_desk.hpp"

namespace tollgate::simulate {

inline constexpr const char* scarce_goods = "scarce";
inline constexpr std::int64_t scarce_stock = 40;

class Shop {
 public:
  Shop(World& world, Caller& caller, ChannelSide& channel, Receivers& receivers, RefundDesk& desk)
      : world_(world), caller_(caller), channel_(channel), receivers_(receivers), desk_(desk) {}

  /// Stock and webhooks. The server is up and all is calm.
  boost::asio::awaitable<void> set_up();
  /// One order from its making to its end.
  boost::asio::awaitable<void> customer(int number);
  /// Somebody who pays what can be paid, also what no merchant knows of, until told.
  boost::asio::awaitable<void> stray_payer();
  void close_doors() { open_ = false; }
  /// Endpoints that said 410 are enabled, and get what they missed, as do those with deliveries
  /// that were given up (`behind`: ids of webhooks). All is calm.
  boost::asio::awaitable<void> bring_endpoints_back(std::set<std::int64_t> behind);

  /// What the API has told of orders that are over, by order id.
  const std::map<std::string, std::string>& told() const { return told_; }
  /// Orders whose making was acknowledged.
  const std::vector<std::string>& made() const { return made_; }

 private:
  using Answer = Caller::Answer;

  boost::asio::awaitable<void> make_rival(Call call, std::string order_id, bool same_key);
  boost::asio::awaitable<std::string> make_order(int number);
  boost::asio::awaitable<std::string> start_payment(std::string order_id, int number, int attempt);
  boost::asio::awaitable<void> pay_later(std::string pay_no);
  boost::asio::awaitable<void> meddle(std::string order_id, std::string pay_no, int number);
  boost::asio::awaitable<void> watch(std::string order_id);

  World& world_;
  Caller& caller_;
  ChannelSide& channel_;
  Receivers& receivers_;
  RefundDesk& desk_;
  bool open_ = true;
  std::map<std::string, std::string> told_;
  std::vector<std::string> made_;
};

}  // namespace tollgate::simulate
