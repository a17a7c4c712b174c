// Tells the open event streams of an order that its status changed.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "base/strong_id.hpp"
#include "net/http.hpp"

namespace tollgate::console {

/// Thread-safe. Bounded: a stream beyond either limit is refused.
class StatusHub {
 public:
  struct Limits {
    std::size_t streams = 10'000;
    std::size_t streams_per_order = 20;
  };

  /// One stream's place; it is free again when this goes. Must not outlive the hub.
  class Subscription {
   public:
    ~Subscription();
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

    /// Whom to wake. A status published before is not lost: take() answers it.
    void attach(std::weak_ptr<net::StreamWriter> writer);
    /// The status published last since the previous take.
    std::optional<std::string> take();

   private:
    friend class StatusHub;
    Subscription(StatusHub& hub, OrderId order) : hub_(hub), order_(order) {}
    StatusHub& hub_;
    const OrderId order_;
    std::weak_ptr<net::StreamWriter> writer_;  // this and status_: under the hub's mutex
    std::optional<std::string> status_;
  };

  StatusHub() : StatusHub(Limits{}) {}
  explicit StatusHub(Limits limits) : limits_(limits) {}

  /// Error: service_unavailable where a limit is reached.
  Result<std::shared_ptr<Subscription>> subscribe(OrderId order);
  /// To be called after the change was committed.
  void publish(OrderId order, std::string_view status);
  /// Streams open now.
  std::size_t streams() const;

 private:
  void remove(Subscription& subscription);

  const Limits limits_;
  mutable std::mutex mutex_;
  std::size_t streams_ = 0;
  std::unordered_map<OrderId, std::vector<Subscription*>> by_order_;
};

}  // namespace tollgate::console
