// Scripted peers for the client's tests, on threads of their own.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::net {

/// A listening loopback socket on a free port.
class Listener {
 public:
  explicit Listener(int backlog = 16);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::uint16_t port() const { return port_; }
  /// Blocks; -1 once stopped.
  int accept_one();
  void stop();

 private:
  int socket_ = -1;
  std::uint16_t port_ = 0;
};

/// Never accepts, and its queue is full: connecting to it hangs.
class FullListener {
 public:
  FullListener();
  ~FullListener();
  std::uint16_t port() const { return listener_.port(); }

 private:
  Listener listener_{0};
  std::vector<int> fillers_;
};

/// Serves a script: for each connection, the answer to each of its requests; after the last it
/// closes. An empty answer closes at once.
class Peer {
 public:
  using Script = std::vector<std::vector<std::string>>;
  /// Reads the request, and keeps silent until the test ends.
  static const std::string hang;

  explicit Peer(Script script);
  ~Peer();
  static std::uint16_t unused_port();

  std::uint16_t port() const { return listener_.port(); }
  int connections() const { return connections_; }
  std::string received(std::size_t request);
  /// Until so many connections have been closed from here; false after 5 s.
  bool wait_closed(int count);

 private:
  void serve(int socket, const std::vector<std::string>& answers);

  Script script_;
  Listener listener_;
  std::atomic<int> connections_{0};
  std::atomic<int> closed_{0};
  std::mutex mutex_;
  std::vector<std::string> received_;
  std::vector<int> hanging_;
  std::thread thread_;
};

/// A self-signed certificate for one DNS name, in files that go with it.
class TestCertificate {
 public:
  explicit TestCertificate(const std::string& dns_name);
  ~TestCertificate();
  const std::string& certificate_file() const { return certificate_file_; }
  const std::string& key_file() const { return key_file_; }

 private:
  std::string folder_;
  std::string certificate_file_;
  std::string key_file_;
};

/// TLS over one connection after another; the same answer to each request.
class TlsPeer {
 public:
  TlsPeer(const TestCertificate& certificate, std::string answer);
  ~TlsPeer();
  std::uint16_t port() const { return listener_.port(); }
  int handshakes() const { return handshakes_; }

 private:
  void serve(int socket);

  struct Context;
  std::unique_ptr<Context> context_;
  const std::string answer_;
  Listener listener_;
  std::atomic<int> handshakes_{0};
  std::atomic<int> current_{-1};
  std::thread thread_;
};

}  // namespace tollgate::net
