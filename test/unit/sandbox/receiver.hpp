// A merchant's notify_url on a real socket.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "net/server.hpp"

namespace tollgate::sandbox::test {

class Receiver {
 public:
  struct Notice {
    net::Headers headers;
    std::string body;
    std::int64_t at_ms;  ///< Monotonic.
  };

  /// `status_of(n)` answers the n-th notice, from 0.
  explicit Receiver(std::function<int(std::size_t)> status_of = [](std::size_t) { return 204; })
      : status_of_(std::move(status_of)),
        server_(
            {}, [this](net::Request& request) { return take(request); }, clock_, random_,
            metrics_) {
    server_.start();
  }
  ~Receiver() { server_.drain(1'000); }

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(server_.port()) + "/callbacks/wx-main";
  }
  /// Waits until `count` notices have come; false after ten seconds.
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return arrived_.wait_for(lock, std::chrono::seconds(10),
                             [&] { return notices_.size() >= count; });
  }
  std::vector<Notice> notices() const {
    const std::lock_guard lock(mutex_);
    return notices_;
  }

 private:
  net::Awaitable<net::Response> take(net::Request& request) {
    std::size_t number = 0;
    {
      const std::lock_guard lock(mutex_);
      number = notices_.size();
      notices_.push_back({request.headers, request.body, clock_.steady_ms()});
    }
    arrived_.notify_all();
    net::Response response;
    response.status = status_of_(number);
    co_return response;
  }

  const std::function<int(std::size_t)> status_of_;
  SystemClock clock_;
  SystemRandom random_;
  Metrics metrics_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Notice> notices_;
  net::Server server_;
};

}  // namespace tollgate::sandbox::test
