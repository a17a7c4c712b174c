// A driver with everything around it, and a channel that does what the test says.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "base/snowflake.hpp"
#include "channel/driver.hpp"
#include "db/database.hpp"
#include "net/client.hpp"
#include "support/temp_dir.hpp"
#include "toy_plugin.hpp"

namespace tollgate::test {

/// A peer that answers each connection's one request as scripted, then closes; the last script
/// stays.
class Peer {
 public:
  struct Reply {
    enum class Kind { answer, cut, hang };
    Kind kind = Kind::answer;
    int status = 200;
    std::string body = "{}";
    std::string headers;             ///< Further header lines, each with its CRLF.
    std::size_t promised_bytes = 0;  ///< Content-Length where the body is to break off.
  };

  explicit Peer(std::vector<Reply> script);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /// "http://127.0.0.1:<port>"
  std::string url() const;
  /// What has come so far, each with head and body.
  std::vector<std::string> requests() const;

 private:
  void serve();
  void serve_one(int socket);
  Reply next();

  int listener_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::deque<Reply> script_;
  std::vector<std::string> requests_;
  std::vector<int> hanging_;
  std::thread thread_;
};

/// A loopback URL where nobody listens.
std::string dead_url();

class House {
 public:
  explicit House(std::int64_t channel_timeout_ms = 5'000, const Clock* clock = nullptr);

  /// Runs a coroutine to its end.
  template <class T>
  T await(boost::asio::awaitable<T> work) {
    boost::asio::io_context context;
    std::optional<T> result;
    std::exception_ptr failed;
    boost::asio::co_spawn(context, std::move(work), [&](std::exception_ptr error, T value) {
      failed = error;
      if (!error) result.emplace(std::move(value));
      boost::asio::post(context, [&] { client.close_idle(); });
    });
    context.run();
    if (failed) std::rethrow_exception(failed);
    return std::move(*result);
  }

  std::shared_ptr<channel::Account> account(std::shared_ptr<const channel::Plugin> plugin,
                                            std::string gateway, std::string id = "acc-1");
  /// begin, record_intent, run, record_outcome, as the payment module does it.
  sdk::Outcome run(const std::shared_ptr<channel::Account>& account, sdk::OperationInput input);
  std::vector<std::string> exchanges(PayNo pay_no);

  TempDir dir;
  SystemClock system_clock;
  const Clock& clock;
  SeededRandom random{1};
  Metrics metrics;
  Snowflake ids;
  std::unique_ptr<db::Database> database;
  net::Client client;
  channel::Driver driver;
};

/// pay of 9900 CNY as attempt 42 by method qr.
sdk::OperationInput pay_input();
sdk::OperationInput input_of(sdk::OperationKind kind);
sdk::Request request_to(const std::string& url);

}  // namespace tollgate::test
