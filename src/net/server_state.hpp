// What the server's threads share.
#pragma once

#include <atomic>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "net/server.hpp"

namespace tollgate::net {

using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using Timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// Time outs are real time, whatever clock is injected.
inline std::int64_t steady_now_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

struct ServerState {
  const ServerOptions options;
  const Server::RequestHandler handler;
  const Clock& clock;
  Random& random;
  Metrics& metrics;

  std::atomic<bool> draining{false};
  /// Open connections; outlives the server in the gauge that reads it.
  const std::shared_ptr<std::atomic<std::int64_t>> connections =
      std::make_shared<std::atomic<std::int64_t>>(0);

  ServerState(ServerOptions o, Server::RequestHandler h, const Clock& c, Random& r, Metrics& m)
      : options(std::move(o)), handler(std::move(h)), clock(c), random(r), metrics(m) {}

  /// Every spawned coroutine is counted from before its start to after its end.
  void task_started() { tasks_.fetch_add(1); }
  void task_ended() {
    if (tasks_.fetch_sub(1) != 1) return;
    const std::lock_guard lock(mutex_);
    none_left_.notify_all();
  }
  /// False when some are left after `timeout_ms`.
  bool join_tasks(std::int64_t timeout_ms) {
    std::unique_lock lock(mutex_);
    return none_left_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                               [&] { return tasks_.load() == 0; });
  }

 private:
  std::atomic<std::int64_t> tasks_{0};
  std::mutex mutex_;
  std::condition_variable none_left_;
};

}  // namespace tollgate::net
