// Where buyers get their money back: refunds that are asked for, approved, watched to their end,
// and money that no order took.
#pragma once

#include <map>
#include <set>
#include <string>

#include "simulate/caller.hpp"

namespace tollgate::simulate {

class RefundDesk {
 public:
  RefundDesk(World& world, Caller& caller) : world_(world), caller_(caller) {}

  /// Some buyers of an order that is over want their money back, whole or in parts.
  boost::asio::awaitable<void> serve(std::string order_id, int number);
  /// Takes money that came late, gives it back, or lets it lie, until the doors are closed.
  boost::asio::awaitable<void> look_after_late_money();
  /// Decides what still waits for a second key. All is calm.
  boost::asio::awaitable<void> decide_all();
  void close_doors() { open_ = false; }

  /// Amounts of refunds whose making was acknowledged, by id.
  const std::map<std::string, std::int64_t>& made() const { return made_; }
  /// How refunds were told to have ended, by id.
  const std::map<std::string, std::string>& told() const { return told_; }

 private:
  boost::asio::awaitable<void> ask_for(Call call);
  boost::asio::awaitable<void> make_rival(Call call);
  boost::asio::awaitable<void> decide(std::string refund_id);
  boost::asio::awaitable<void> watch(std::string refund_id);
  void remember(const Call& call, const std::string& refund);

  World& world_;
  Caller& caller_;
  bool open_ = true;
  int asked_late_ = 0;
  std::map<std::string, std::int64_t> made_;
  std::map<std::string, std::string> told_;
  std::map<std::string, std::string> by_key_;
};

}  // namespace tollgate::simulate
