// The HTTP/1.1 client: TLS verified, keep-alive pooled, bounded in time and size.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "net/http.hpp"

namespace tollgate::net {

struct ClientRequest {
  Method method = Method::get;
  std::string url;  ///< http:// or https://, absolute.
  Headers headers;  ///< Host, Content-Length and Connection are added.
  std::string body;
  std::int64_t connect_timeout_ms = 5'000;   ///< Resolve, connect and TLS handshake together.
  std::int64_t timeout_ms = 15'000;          ///< The whole exchange.
  std::size_t response_bytes = 1024 * 1024;  ///< A longer body ends the exchange (maybe_sent).
  /// The head is the answer: a body that is too long or breaks off is cut, and the transport is ok.
  bool head_suffices = false;
  /// Only addresses that it accepts are connected to; every resolved address is checked, the one
  /// that was checked is used (no second look-up). Unset: all.
  std::function<bool(const boost::asio::ip::address&)> allow_address;

  ClientRequest() = default;
  ClientRequest(Method m, std::string u) : method(m), url(std::move(u)) {}
};

enum class Transport {
  ok,        ///< A complete response came; its status may be anything.
  not_sent,  ///< Surely no byte of the request reached the peer's application: safe to send again.
  maybe_sent,  ///< The request may have been received and acted on; the outcome is unknown.
};

struct ClientResponse {
  Transport transport = Transport::not_sent;
  std::string error;             ///< For not_sent and maybe_sent: a short stable word plus detail.
  bool address_refused = false;  ///< not_sent because allow_address accepted none.
  int status = 0;
  Headers headers;
  std::string body;
  std::int64_t duration_ms = 0;
};

struct ClientOptions {
  std::string ca_file;  ///< Extra trusted CA bundle (PEM); the system's store is always used.
  std::string user_agent = "Tollgate/0.1";
  std::size_t idle_per_host = 32;
  std::int64_t idle_ms = 30'000;
};

/// Never throws for what a peer does; never follows redirects; never retries by itself, except
/// that a pooled connection which turns out dead before any byte of the response is replaced once
/// when the method is GET or HEAD (anything else is maybe_sent, unless no byte of it was written).
/// Usable from any io_context; each context has its own pool, so no connection changes threads.
class Client {
 public:
  explicit Client(ClientOptions options, const Clock& clock);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Awaitable<ClientResponse> send(ClientRequest request);

  /// Closes the pooled connections of the calling context. To be called on each context before it
  /// ends.
  void close_idle();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tollgate::net
