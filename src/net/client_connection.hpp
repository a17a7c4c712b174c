// One connection of the client: found, checked, secured, then bytes both ways under a deadline.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/http.hpp"
#include "net/url.hpp"

namespace tollgate::net {

using Deadline = std::chrono::steady_clock::time_point;
using AllowAddress = std::function<bool(const boost::asio::ip::address&)>;

/// On one thread; kept by the exchange that uses it, or by the pool.
class ClientConnection : public std::enable_shared_from_this<ClientConnection> {
 public:
  using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

  explicit ClientConnection(boost::asio::any_io_executor executor);
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  /// Tries one after the other; the time is shared among them. Empty text when connected, else a
  /// stable word.
  Awaitable<std::string> connect(Endpoints endpoints, Deadline deadline);
  /// TLS to `url.host`, its certificate verified. Empty text, or "tls_failed: …" or
  /// "connect_timeout".
  Awaitable<std::string> handshake(boost::asio::ssl::context& tls, const Url& url,
                                   Deadline deadline);

  /// Begins an exchange: when the deadline passes, the socket is closed under whatever runs.
  void begin_exchange(Deadline deadline);
  void end_exchange();
  /// The deadline of the exchange that runs is another from now on.
  void move_deadline(Deadline deadline) {
    if (!timed_out_) arm(deadline);
  }

  Awaitable<bool> write(std::string_view bytes);
  /// Appends what has come. False at the end; error() is empty where the peer closed properly.
  Awaitable<bool> read_into(std::string& buffer);

  /// Some byte of the exchange may have left.
  bool wrote() const { return wrote_; }
  bool timed_out() const { return timed_out_; }
  const std::string& error() const { return error_; }

  /// Open, and the peer has sent nothing unasked, nor its end.
  bool is_quiet();
  const boost::asio::ip::address& address() const { return address_; }

 private:
  void arm(Deadline deadline);

  boost::asio::ip::tcp::socket socket_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
  boost::asio::steady_timer timer_;
  std::uint64_t armed_ = 0;  // which arming a late timer belongs to
  boost::asio::ip::address address_;
  bool timed_out_ = false;
  bool wrote_ = false;
  std::string error_;
};

}  // namespace tollgate::net
