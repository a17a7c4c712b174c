// Receives webhooks as a merchant would, and writes down when each came. Prints its port first.
// GET /count answers how many came, GET /first the microsecond of the first, GET /last of the last;
// POST /reset begins anew. With --stamps, each line of the file is a payment's number and the
// microsecond of its order.paid.
#include <CLI/CLI.hpp>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <fstream>
#include <iostream>
#include <mutex>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "net/server.hpp"

namespace tollgate::bench {
namespace {

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// The text behind `"name":"` where it stands first.
std::string field(const std::string& body, std::string_view name) {
  const std::string sign = "\"" + std::string(name) + "\":\"";
  const auto at = body.find(sign);
  if (at == std::string::npos) return {};
  const auto begin = at + sign.size();
  return body.substr(begin, body.find('"', begin) - begin);
}

class Receiver {
 public:
  explicit Receiver(bool stamps) : stamps_(stamps) {}

  net::Awaitable<net::Response> handle(net::Request& request) {
    if (request.method == net::Method::get) co_return answer(request.path);
    if (request.path == "/reset") {
      count_ = 0;
      first_us_ = 0;
    } else {
      take(request);
    }
    net::Response done;
    done.status = 204;
    co_return done;
  }

  void write(const std::string& path) const {
    std::ofstream out(path);
    for (const auto& [number, us] : came_) out << number << ' ' << us << '\n';
  }

 private:
  net::Response answer(const std::string& path) const {
    const std::int64_t value = path == "/first"  ? first_us_.load()
                               : path == "/last" ? last_us_.load()
                                                 : count_.load();
    return {200, "text/plain", std::to_string(value)};
  }

  void take(const net::Request& request) {
    const std::int64_t us = now_us();
    std::int64_t none = 0;
    first_us_.compare_exchange_strong(none, us);
    last_us_ = us;
    ++count_;
    if (!stamps_ || request.body.find("\"type\":\"order.paid\"") == std::string::npos) return;
    const std::lock_guard lock(mutex_);
    came_.emplace_back(field(request.body, "pay_no"), us);
  }

  const bool stamps_;
  std::atomic<std::int64_t> count_{0}, first_us_{0}, last_us_{0};
  std::mutex mutex_;
  std::vector<std::pair<std::string, std::int64_t>> came_;  // guarded
};

int run(int argc, char** argv) {
  CLI::App app("A merchant's webhook endpoint; prints its port", "bench_receiver");
  std::string stamps;
  app.add_option("--stamps", stamps, "file written at the end");
  CLI11_PARSE(app, argc, argv);
  boost::asio::io_context signals_io;
  boost::asio::signal_set signals(signals_io, SIGTERM, SIGINT);
  signals.async_wait([](const boost::system::error_code&, int) {});
  SystemClock clock;
  SystemRandom random;
  Metrics metrics;
  Receiver receiver(!stamps.empty());
  net::ServerOptions options;
  options.threads = 1;
  net::Server server(
      options, [&](net::Request& request) { return receiver.handle(request); }, clock, random,
      metrics);
  server.start();
  std::cout << server.port() << std::endl;
  signals_io.run();
  server.drain(1'000);
  if (!stamps.empty()) receiver.write(stamps);
  return 0;
}

}  // namespace
}  // namespace tollgate::bench

int main(int argc, char** argv) {
  try {
    return tollgate::bench::run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "bench_receiver: " << e.what() << "\n";
    return 1;
  }
}
