// A program that calls the API over a bad line and does not give up.
#pragma once

#include <optional>
#include <string>

#include "simulate/process.hpp"

namespace tollgate::simulate {

inline constexpr const char* merchant_key = "canary-merchant-key-7f3a";
inline constexpr const char* admin_key = "canary-admin-key-91bc";

/// One call of the API.
struct Call {
  net::Method method = net::Method::get;
  std::string target;
  std::string body;
  std::string idempotency_key;
  bool admin = false;
};

class Caller {
 public:
  using Answer = std::optional<net::Response>;

  Caller(World& world, Process& process) : world_(world), process_(process) {}

  void set_weather(const Weather& weather) { weather_ = weather; }
  /// Nothing where no answer came; the server may have acted all the same.
  boost::asio::awaitable<Answer> try_once(Call call);
  /// The same call again until its answer is final, or nothing after so many tries.
  boost::asio::awaitable<Answer> insist(Call call, int tries);
  /// P6: what the same key is answered again is what it was answered first.
  void check_repeat(const net::Response& first, const Answer& again);

 private:
  World& world_;
  Process& process_;
  Weather weather_;
};

/// Waits for the server's answer to a request; nothing where it died, or took longer.
boost::asio::awaitable<std::optional<net::Response>> ask(World& world, Process& process,
                                                         net::Request request,
                                                         std::int64_t patience_ms);

/// A text or number of a JSON object's member; empty where it is none.
std::string member(const std::string& json, const std::string& name);
std::string in_quotes(const std::string& text);

}  // namespace tollgate::simulate
