// The HTTP/1.1 server: one io_context per thread, each with its own SO_REUSEPORT acceptor.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "net/http.hpp"

namespace tollgate::net {

struct ServerLimits {
  std::size_t header_bytes = 16 * 1024;  ///< Over it: 431.
  std::size_t body_bytes = 1024 * 1024;  ///< Over it: 413. See body_limit below.
  std::int64_t header_timeout_ms =
      10'000;  ///< From the first byte of a request to the end of its head: 408.
  std::int64_t body_timeout_ms = 20'000;   ///< Then to the end of the body: 408.
  std::int64_t idle_timeout_ms = 75'000;   ///< Keep-alive without a request: closed silently.
  std::int64_t write_timeout_ms = 20'000;  ///< A client that does not read: closed.
  std::size_t connections = 10'000;        ///< Over it: accepted and answered 503 at once, closed.
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: the system picks; see port().
  int threads = 2;
  ServerLimits limits;
  /// Peers whose X-Forwarded-For is believed (a proxy in front); exact addresses.
  std::vector<std::string> trusted_proxies;
  /// Body limit by path, asked before the body is read; limits.body_bytes where unset.
  std::function<std::size_t(const std::string& path)> body_limit;
};

/// Answers each request by `handler`; a handler's exception becomes a 500 (logged, no detail out).
/// A client that hangs up does not cancel its handler; what is still suspended after the drain is
/// destroyed with the server, so whatever resumes handlers (the database) must have stopped before.
/// Error answers made here (400, 408, 413, 431, 500, 503) are problem+json with `code` and
/// `request_id`. Pipelined requests are answered in order.
class Server {
 public:
  using RequestHandler = std::function<Awaitable<Response>(Request&)>;

  Server(ServerOptions options, RequestHandler handler, const Clock& clock, Random& random,
         Metrics& metrics);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds and starts the threads. Throws std::runtime_error naming the address when it cannot.
  void start();
  std::uint16_t port() const;

  /// Stops accepting, answers what has been received (Connection: close), ends idle connections and
  /// streams, and joins within `timeout_ms`; afterwards cuts what is left. Called once, from
  /// outside.
  void drain(std::int64_t timeout_ms);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tollgate::net
