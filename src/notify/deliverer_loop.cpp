#include <boost/asio/awaitable.hpp>

#include "base/log.hpp"
#include "notify/deliverer_impl.hpp"

namespace tollgate::notify {

namespace asio = boost::asio;

Deliverer::Impl::Impl(const Parts& p, const KeyMaker& k, const Bounds& b,
                      const CurrentPolicy& current)
    : parts(p),
      keys(k),
      bounds(b),
      policy(current),
      latency(p.metrics.histogram("tollgate_webhook_delivery_seconds",
                                  "From an event to its acknowledgement by an endpoint")) {
  constexpr std::array outcomes{"delivered", "http_error", "transport_error", "address_refused",
                                "gone"};
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    attempts.at(i) = &parts.metrics.counter("tollgate_webhook_attempts_total",
                                            "Tries of deliveries", {{"outcome", outcomes.at(i)}});
  parts.metrics.gauge("tollgate_deliveries_pending", "Deliveries that wait for a try",
                      [counted = backlog] { return counted->pending.load(); });
  parts.metrics.gauge("tollgate_deliveries_dead", "Deliveries whose tries are spent",
                      [counted = backlog] { return counted->dead.load(); });
}

asio::awaitable<void> Deliverer::Impl::run() {
  bool begun = false;
  swept_at_ms = parts.clock.steady_ms() - sweep_ms;
  while (!stopping) {
    std::string failure;
    try {
      if (!begun) co_await claims->begin();
      begun = true;
      co_await step();
    } catch (const std::exception& e) {
      failure = e.what();
    }
    if (!failure.empty()) log::error("deliveries.sweep_failed", {{"error", failure}});
    const std::int64_t ms = failure.empty() ? idle_ms() : poll_ms;
    if (ms > 0) co_await alarm->wait(ms);
  }
  for (const auto& [id, endpoint] : endpoints) drop_buffer(*endpoint);
}

asio::awaitable<void> Deliverer::Impl::step() {
  if (parts.clock.steady_ms() - swept_at_ms >= sweep_ms) co_await sweep();
  open_mail();
  pop_due();
  pump();
}

asio::awaitable<void> Deliverer::Impl::sweep() {
  swept_at_ms = parts.clock.steady_ms();
  const TimeMs now = parts.clock.now();
  std::vector<std::pair<WebhookId, TimeMs>> found;
  auto look = [&](db::Tx& tx) {
    for (const WebhookId id : webhooks::enabled(tx))
      if (const auto next = outbox::deliveries::next_due(tx, id, now)) found.push_back({id, *next});
    backlog->pending = outbox::deliveries::count(tx, outbox::DeliveryStatus::pending);
    backlog->dead = outbox::deliveries::count(tx, outbox::DeliveryStatus::dead);
    return true;
  };
  co_await parts.database.read(look);
  for (const auto& [id, next] : found) set_due(endpoint(id), next);
  forget_idle();
}

asio::awaitable<void> Deliverer::Impl::join() {
  stopping = true;
  alarm->ring();
  co_await tasks->join();
}

void Deliverer::Impl::open_mail() {
  const auto mail = inbox->take();
  for (const WebhookId id : mail.changed) {
    auto& changed = endpoint(id);
    ++changed.changes;
    changed.has_work = true;
    try_claim(changed);
  }
  for (const WebhookId id : mail.due) {
    auto& woken = endpoint(id);
    woken.has_work = true;
    try_claim(woken);
  }
}

void Deliverer::Impl::pop_due() {
  const TimeMs now = parts.clock.now();
  while (!due.empty() && due.begin()->first <= now) {
    auto& ready = endpoint(due.begin()->second);
    due.erase(due.begin());
    ready.due = never;
    ready.has_work = true;
    try_claim(ready);
  }
}

/// Endpoints that are deleted or disabled and have nothing under way.
void Deliverer::Impl::forget_idle() {
  std::erase_if(endpoints, [](const auto& entry) {
    return !entry.second->target && entry.second->due == never && entry.second->idle();
  });
}

std::int64_t Deliverer::Impl::idle_ms() const {
  if (due.empty()) return poll_ms;
  return std::clamp<std::int64_t>(due.begin()->first.ms - parts.clock.now().ms, 0, poll_ms);
}

Endpoint& Deliverer::Impl::endpoint(WebhookId id) {
  auto& slot = endpoints[id];
  if (!slot) slot = std::make_unique<Endpoint>(id);
  return *slot;
}

/// Brings the endpoint's due time forward.
void Deliverer::Impl::set_due(Endpoint& endpoint, TimeMs time) {
  if (time >= endpoint.due) return;
  due.erase({endpoint.due, endpoint.id});
  endpoint.due = time;
  due.insert({time, endpoint.id});
  if (time <= parts.clock.now().plus_ms(poll_ms)) alarm->ring();
}

}  // namespace tollgate::notify
