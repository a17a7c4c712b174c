#include <boost/asio/awaitable.hpp>

#include "base/fault.hpp"
#include "base/log.hpp"
#include "notify/deliverer_impl.hpp"

namespace tollgate::notify {

namespace asio = boost::asio;

namespace {
/// Results that wait for the database; beyond it nothing more is sent.
constexpr std::size_t results_bound = 1'024;
constexpr std::int64_t claim_pause_ms = 1'000;
}  // namespace

void Deliverer::Impl::try_claim(Endpoint& endpoint) {
  if (stopping || endpoint.claiming || endpoint.gone > 0) return;
  const bool wanted = endpoint.has_work && endpoint.want(bounds.in_flight_per_endpoint) > 0;
  if (!wanted && !endpoint.stale()) return;
  endpoint.claiming = true;
  tasks->spawn("deliveries.claim", claim(endpoint));
}

asio::awaitable<void> Deliverer::Impl::claim(Endpoint& endpoint) {
  const std::size_t limit = endpoint.want(bounds.in_flight_per_endpoint);
  const std::int64_t changes = endpoint.changes;
  endpoint.has_work = false;
  Claim claimed;
  std::string failure;
  try {
    claimed = co_await claims->take(endpoint.id, limit);
  } catch (const std::exception& e) {
    failure = e.what();
  }
  endpoint.claiming = false;
  if (!failure.empty()) {
    log::warn("deliveries.claim_failed", {{"webhook_id", endpoint.id}, {"error", failure}});
    set_due(endpoint, parts.clock.now().plus_ms(claim_pause_ms));
    co_return;
  }
  endpoint.seen_changes = changes;
  if (!claimed.due.rows.empty()) fault::point("delivery.claimed");
  accept(endpoint, std::move(claimed));
}

void Deliverer::Impl::accept(Endpoint& endpoint, Claim claim) {
  for (auto& row : claim.due.rows) endpoint.buffer.push_back(std::move(row));
  if (!claim.webhook || !claim.webhook->enabled) {
    endpoint.target = nullptr;
    endpoint.has_work = false;
    drop_buffer(endpoint);
    return try_claim(endpoint);  // it may have been enabled while its row was read
  }
  if (stopping) return drop_buffer(endpoint);
  if (!endpoint.target || endpoint.target->version != claim.webhook->version)
    endpoint.target = std::make_shared<const Target>(make_target(*claim.webhook, keys));
  endpoint.has_work = endpoint.has_work || claim.due.more;
  if (claim.due.next) set_due(endpoint, *claim.due.next);
  make_runnable(endpoint);
  pump();
  try_claim(endpoint);
}

void Deliverer::Impl::drop_buffer(Endpoint& endpoint) {
  while (!endpoint.buffer.empty()) {
    give_back(endpoint, endpoint.buffer.front());
    endpoint.buffer.pop_front();
  }
}

bool Deliverer::Impl::may_send(const Endpoint& endpoint) const {
  return !endpoint.buffer.empty() && !endpoint.stale() && endpoint.gone == 0 && endpoint.target &&
         endpoint.free(bounds.in_flight_per_endpoint) > 0;
}

void Deliverer::Impl::make_runnable(Endpoint& endpoint) {
  if (endpoint.runnable || !may_send(endpoint)) return;
  endpoint.runnable = true;
  round.push_back(&endpoint);
}

/// Sends in turn, one of each endpoint, while the common bound has room.
void Deliverer::Impl::pump() {
  while (!stopping && !round.empty() && in_flight < bounds.in_flight &&
         results->waiting() < results_bound) {
    Endpoint& endpoint = *round.front();
    round.pop_front();
    endpoint.runnable = false;
    if (may_send(endpoint)) send_next(endpoint);
    make_runnable(endpoint);
  }
}

void Deliverer::Impl::send_next(Endpoint& endpoint) {
  auto delivery = std::move(endpoint.buffer.front());
  endpoint.buffer.pop_front();
  if (delivery.lease_until < parts.clock.now().plus_ms(policy.get()->timeout_ms)) {
    endpoint.has_work = true;
    return give_back(endpoint, delivery);
  }
  ++endpoint.in_flight;
  ++in_flight;
  tasks->spawn("deliveries.attempt", attempt(endpoint, endpoint.target, std::move(delivery)));
}

asio::awaitable<void> Deliverer::Impl::attempt(Endpoint& endpoint,
                                               std::shared_ptr<const Target> target,
                                               outbox::ClaimedDelivery delivery) {
  const std::int64_t started_ms = parts.clock.steady_ms();
  Verdict verdict;
  try {
    auto request = make_request(*target, delivery, *policy.get(), parts.clock.now());
    fault::point("delivery.before_send");
    const net::ClientResponse response = co_await parts.client.send(std::move(request));
    fault::point("delivery.after_send");
    verdict = judge(response, parts.clock.now());
  } catch (const std::exception& e) {
    log::error("deliveries.attempt_failed", {{"delivery_id", delivery.id}, {"error", e.what()}});
    verdict = Verdict();
    verdict.error = "the request could not be sent";
  }
  endpoint.last_ms = parts.clock.steady_ms() - started_ms;
  try {
    settle(endpoint, delivery, verdict);
  } catch (...) {  // no memory: it must not stay held
    claims->lost(endpoint.id, delivery.id);
    throw;
  }
}

void Deliverer::Impl::settle(Endpoint& endpoint, const outbox::ClaimedDelivery& delivery,
                             const Verdict& verdict) {
  --endpoint.in_flight;
  --in_flight;
  const bool unanswered = verdict.kind == Verdict::Kind::transport_error;
  endpoint.failures = unanswered ? endpoint.failures + 1 : 0;
  attempts.at(static_cast<std::size_t>(verdict.kind))->add();

  Finished finished;
  finished.webhook = endpoint.id;
  finished.result = conclude(delivery, verdict, *policy.get(), parts.clock.now(), parts.random);
  finished.kind = verdict.kind;
  finished.created = delivery.event_created;
  if (verdict.kind == Verdict::Kind::gone) ++endpoint.gone;
  results->add(std::move(finished));
  make_runnable(endpoint);
  pump();
  try_claim(endpoint);
}

void Deliverer::Impl::give_back(Endpoint& endpoint, const outbox::ClaimedDelivery& delivery) {
  if (claims->give_back(endpoint.id, delivery.id)) return;
  Finished untried;
  untried.webhook = endpoint.id;
  untried.result.id = delivery.id;
  untried.result.token = delivery.token;
  untried.untried = true;
  results->add(std::move(untried));
}

/// After the commit of a result, or its failure.
void Deliverer::Impl::ended(const Finished& finished) {
  auto& its = endpoint(finished.webhook);
  const bool written = finished.fate == Finished::Fate::written && !finished.untried;
  if (finished.fate == Finished::Fate::lost)
    claims->lost(finished.webhook, finished.result.id);
  else
    claims->settled(finished.webhook, finished.result.id);
  if (written && finished.kind == Verdict::Kind::delivered)
    latency.observe_us((parts.clock.now().ms - finished.created.ms) * 1000);
  if (written && finished.result.status == outbox::DeliveryStatus::pending)
    set_due(its, finished.result.next_attempt);
  if (finished.kind == Verdict::Kind::gone) {
    --its.gone;
    ++its.changes;
  }
  // Given back, or replayed while it was tried: it may be due now.
  if (finished.untried || finished.fate == Finished::Fate::fenced) its.has_work = true;
  make_runnable(its);
  pump();
  try_claim(its);
}

}  // namespace tollgate::notify
