// The merchant's endpoints for webhooks: they verify what comes, remember it, and misbehave.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "simulate/network.hpp"

namespace tollgate::simulate {

/// How an endpoint behaves while faults are played.
enum class Temper { good, moody, hanging, leaving };

struct Endpoint {
  std::string host;
  std::vector<std::string> events;  ///< As subscribed to.
  Temper temper = Temper::good;
  std::string webhook_id;                  ///< Once registered.
  std::string secret;                      ///< "whsec_…"
  bool said_gone = false;                  ///< It has answered 410.
  std::map<std::string, std::string> got;  ///< Body by webhook-id.
  std::set<std::string> acknowledged;      ///< Ids that it answered with 2xx.

  std::string url() const { return "https://" + host + "/hooks"; }
  bool wants(const std::string& type) const;
};

class Receivers {
 public:
  Receivers(World& world, Network& network);

  std::vector<Endpoint>& all() { return endpoints_; }
  const std::vector<Endpoint>& all() const { return endpoints_; }
  void set_weather(const Weather& weather);
  /// From now on all behave.
  void calm() { calm_ = true; }

 private:
  boost::asio::awaitable<net::Response> receive(Endpoint& endpoint, net::Request& request);
  void remember(Endpoint& endpoint, const net::Request& request);

  World& world_;
  Network& network_;
  std::vector<Endpoint> endpoints_;
  bool calm_ = false;
};

}  // namespace tollgate::simulate
