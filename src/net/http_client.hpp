// HTTP as an outgoing call looks to the modules: what is sent, what comes back, who carries it.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace tollgate::net {

struct ClientResponse;

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
  /// Takes the body of a 2xx answer piece by piece instead of `ClientResponse::body`, while it
  /// comes: the status and headers of `head` are set. False ends the exchange ("stopped"). Pieces
  /// live during the call; response_bytes bounds their sum, and whole_bytes the body of any other.
  std::function<Awaitable<bool>(const ClientResponse& head, std::string_view piece)> on_piece;
  std::size_t whole_bytes = 1024 * 1024;
  /// With on_piece: the longest that no byte comes, beside timeout_ms; 0: as long as that.
  std::int64_t silence_timeout_ms = 0;
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

/// Carries a request to its peer. Production's is net::Client; a simulation hands in a network of
/// its own.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  /// Never throws for what a peer does. `timeout_ms` is kept, and the transport is told as the enum
  /// above defines it: what depends on it is money.
  virtual Awaitable<ClientResponse> send(ClientRequest request) = 0;
};

}  // namespace tollgate::net
