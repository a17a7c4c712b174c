// A running server and a blocking client socket, so that tests see the bytes.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "net/router.hpp"
#include "net/server.hpp"

namespace tollgate::net {

/// One parsed answer.
struct Answer {
  int status = 0;
  std::string head;
  std::string body;

  /// The value of a field; empty where it is absent.
  std::string field(std::string_view name) const;
};

/// A connection to loopback. Every wait is bounded by 5 s; what does not come fails the test.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes);
  /// One answer framed by Content-Length (or by the end, where there is none).
  Answer read_answer(bool head_only = false);
  /// Everything up to `mark`, inclusive.
  std::string read_until(std::string_view mark);
  std::string read_to_end();
  /// True when the server has closed and nothing is left to read.
  bool at_end();
  void close();

 private:
  bool fill();

  int socket_ = -1;
  std::string pending_;
};

class TestServer {
 public:
  explicit TestServer(Server::RequestHandler handler, ServerOptions options = small());
  ~TestServer() { server.drain(2'000); }

  /// Short limits, one thread.
  static ServerOptions small();
  std::uint16_t port() const { return server.port(); }

  SystemClock clock;
  SystemRandom random;
  Metrics metrics;
  Server server;
};

/// Polls until `condition` holds; false after 5 s.
bool eventually(const std::function<bool()>& condition);

}  // namespace tollgate::net
