#include "console/status_hub.hpp"

#include <utility>

namespace tollgate::console {
namespace {

constexpr int retry_after_s = 30;

}  // namespace

StatusHub::Subscription::~Subscription() {
  hub_.remove(*this);
}

void StatusHub::Subscription::attach(std::weak_ptr<net::StreamWriter> writer) {
  const std::lock_guard lock(hub_.mutex_);
  writer_ = std::move(writer);
}

std::optional<std::string> StatusHub::Subscription::take() {
  const std::lock_guard lock(hub_.mutex_);
  return std::exchange(status_, std::nullopt);
}

Result<std::shared_ptr<StatusHub::Subscription>> StatusHub::subscribe(OrderId order) {
  std::shared_ptr<Subscription> subscription(new Subscription(*this, order));
  const std::lock_guard lock(mutex_);
  std::vector<Subscription*>& of_order = by_order_[order];
  if (streams_ >= limits_.streams || of_order.size() >= limits_.streams_per_order) {
    if (of_order.empty()) by_order_.erase(order);
    Error error(Errc::service_unavailable, "too many event streams are open");
    error.retry_after_s = retry_after_s;
    return error;
  }
  of_order.push_back(subscription.get());
  ++streams_;
  return subscription;
}

void StatusHub::publish(OrderId order, std::string_view status) {
  std::vector<std::shared_ptr<net::StreamWriter>> writers;
  {
    const std::lock_guard lock(mutex_);
    const auto at = by_order_.find(order);
    if (at == by_order_.end()) return;
    for (Subscription* subscription : at->second) {
      subscription->status_ = status;
      if (auto writer = subscription->writer_.lock()) writers.push_back(std::move(writer));
    }
  }
  for (const auto& writer : writers) writer->wake();
}

std::size_t StatusHub::streams() const {
  const std::lock_guard lock(mutex_);
  return streams_;
}

void StatusHub::remove(Subscription& subscription) {
  const std::lock_guard lock(mutex_);
  const auto at = by_order_.find(subscription.order_);
  if (at == by_order_.end()) return;
  if (std::erase(at->second, &subscription) != 0) --streams_;
  if (at->second.empty()) by_order_.erase(at);
}

}  // namespace tollgate::console
