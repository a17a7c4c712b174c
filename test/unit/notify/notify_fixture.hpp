// Notify with a database, an API in front and receivers on loopback.
#pragma once

#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "api/gate.hpp"
#include "api/idempotency.hpp"
#include "base/crypto.hpp"
#include "base/json_reader.hpp"
#include "net/client.hpp"
#include "net/server.hpp"
#include "notify/feed.hpp"
#include "notify/notify.hpp"
#include "outbox/deliveries.hpp"
#include "outbox/events.hpp"
#include "unit/outbox/outbox_fixture.hpp"

namespace tollgate::notify {

/// A merchant's endpoint: remembers what came, answers what it is told.
class Receiver {
 public:
  Receiver() {
    net::ServerOptions options;
    options.threads = 1;
    options.limits.write_timeout_ms = 1'000;
    auto handler = [this](net::Request& request) { return receive(request); };
    server_ = std::make_unique<net::Server>(options, handler, clock_, random_, metrics_);
    server_->start();
  }
  ~Receiver() {
    release();
    server_->drain(2'000);
  }
  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(server_->port()) + "/hook";
  }

  /// From now on; `hang` keeps requests open until release().
  void answer(int status, std::string body = {}) {
    const std::lock_guard lock(mutex_);
    status_ = status;
    body_ = std::move(body);
  }
  /// The next request alone is answered so, at once.
  void answer_once(int status) {
    const std::lock_guard lock(mutex_);
    next_status_ = status;
  }
  void hang() { hanging_ = true; }
  void release() { hanging_ = false; }

  std::vector<net::Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return requests_.size();
  }

 private:
  net::Awaitable<net::Response> receive(net::Request& request);

  SystemClock clock_;
  SystemRandom random_;
  Metrics metrics_;
  mutable std::mutex mutex_;
  std::vector<net::Request> requests_;
  int status_ = 200;
  std::optional<int> next_status_;
  std::string body_;
  std::atomic<bool> hanging_{false};
  std::unique_ptr<net::Server> server_;
};

inline std::string header(const net::Request& request, std::string_view name) {
  return std::string(request.headers.find(name).value_or(""));
}

/// The text of a member of a flat JSON object; empty where it is no text.
std::string member(const std::string& json, const std::string& name);

struct Fixture : test::Store {
  explicit Fixture(Policy policy = quick(), Bounds bounds = {});
  ~Fixture();

  /// Private networks allowed, three tries 20 ms apart.
  static Policy quick();

  void start(bool sole_instance = true);
  void stop();

  net::Response call(net::Method method, const std::string& target, std::string body = {},
                     std::string idempotency_key = {}, std::string key = "admin-key");
  /// Registers an endpoint; answers the body of the 201.
  std::string subscribe(const std::string& url, const std::string& events = R"(["*"])");
  EventId append(const std::string& type = "order.paid", std::int64_t order = 7);
  /// stop() has begun when it returns; it has ended when the future is there.
  std::future<void> begin_stop();
  std::vector<outbox::Delivery> deliveries();
  std::vector<outbox::StoredEvent> events(const std::string& type);
  bool all_are(outbox::DeliveryStatus status, std::size_t count);
  bool saw(const Receiver& receiver, std::size_t count) {
    return test::eventually([&] { return receiver.count() >= count; });
  }

  SystemClock clock;
  SystemRandom random;
  Metrics metrics;
  Snowflake ids{clock, 1};
  outbox::Outbox outbox{ids, clock};
  api::Idempotency idempotency{clock};
  api::KeyRing keys;
  net::Client client{net::ClientOptions{}, clock};
  test::IoThread io;
  Notify notify;
  api::Gate gate;
  bool started = false;
};

}  // namespace tollgate::notify
