// The merchants and their customers: orders made, paid, changed and dropped through the API, over a
// bad line, by programs that do not give up.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "simulate/channel_side.hpp"
#include "simulate/receivers.hpp"

namespace tollgate::simulate {

inline constexpr const char* merchant_key = "canary-merchant-key-7f3a";
inline constexpr const char* admin_key = "canary-admin-key-91bc";
inline constexpr const char* scarce_goods = "scarce";
inline constexpr std::int64_t scarce_stock = 40;

/// One call of the API.
struct Call {
  net::Method method = net::Method::get;
  std::string target;
  std::string body;
  std::string idempotency_key;
  bool admin = false;
};

class Shop {
 public:
  Shop(World& world, Process& process, ChannelSide& channel, Receivers& receivers)
      : world_(world), process_(process), channel_(channel), receivers_(receivers) {}

  void set_weather(const Weather& weather) { weather_ = weather; }
  /// Stock and webhooks. The server is up and all is calm.
  boost::asio::awaitable<void> set_up();
  /// One order from its making to its end.
  boost::asio::awaitable<void> customer(int number);
  /// Somebody who pays what can be paid, also what no merchant knows of, until told.
  boost::asio::awaitable<void> stray_payer();
  void close_doors() { open_ = false; }
  /// Endpoints that said 410 are enabled and get what they missed. All is calm.
  boost::asio::awaitable<void> bring_endpoints_back();

  /// What the API has told of orders that are over: it may not change any more. By order id.
  const std::map<std::string, std::string>& told() const { return told_; }
  /// Orders whose making was acknowledged.
  const std::vector<std::string>& made() const { return made_; }

 private:
  using Answer = std::optional<net::Response>;

  boost::asio::awaitable<Answer> try_once(Call call);
  boost::asio::awaitable<Answer> insist(Call call, int tries);
  boost::asio::awaitable<void> make_rival(Call call, std::string order_id, bool same_key);
  boost::asio::awaitable<std::string> make_order(int number);
  boost::asio::awaitable<std::string> start_payment(std::string order_id, int number, int attempt);
  boost::asio::awaitable<void> pay_later(std::string pay_no);
  boost::asio::awaitable<void> meddle(std::string order_id, std::string pay_no, int number);
  boost::asio::awaitable<void> watch(std::string order_id);
  void check_repeat(const net::Response& first, const Answer& again);

  World& world_;
  Process& process_;
  ChannelSide& channel_;
  Receivers& receivers_;
  Weather weather_;
  bool open_ = true;
  std::map<std::string, std::string> told_;
  std::vector<std::string> made_;
};

/// A text or number of a JSON object's member; empty where it is none.
std::string member(const std::string& json, const std::string& name);

}  // namespace tollgate::simulate
