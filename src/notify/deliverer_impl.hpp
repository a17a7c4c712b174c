// The deliverer's insides: everything but the inbox and the policy lives on one strand.
#pragma once

#include <array>
#include <atomic>

#include "notify/claims.hpp"
#include "notify/deliverer.hpp"
#include "notify/endpoint.hpp"
#include "notify/result_writer.hpp"

namespace tollgate::notify {

/// Numbers that a sweep has counted; shared with the gauges, which outlive the deliverer.
struct Backlog {
  std::atomic<std::int64_t> pending{0};
  std::atomic<std::int64_t> dead{0};
};

struct Deliverer::Impl {
  Impl(const Parts& p, const KeyMaker& k, const Bounds& b, const CurrentPolicy& current);

  const Parts parts;
  const KeyMaker& keys;
  const Bounds bounds;
  const CurrentPolicy& policy;
  std::shared_ptr<Inbox> inbox = std::make_shared<Inbox>();
  std::shared_ptr<Backlog> backlog = std::make_shared<Backlog>();
  std::array<Counter*, 5> attempts{};  ///< By Verdict::Kind.
  Histogram& latency;

  boost::asio::any_io_executor strand;
  std::shared_ptr<outbox::Alarm> alarm;
  std::unique_ptr<outbox::TaskGroup> tasks;
  std::unique_ptr<Claims> claims;
  std::unique_ptr<ResultWriter> results;
  std::unordered_map<WebhookId, std::unique_ptr<Endpoint>> endpoints;
  std::set<std::pair<TimeMs, WebhookId>> due;  ///< Endpoints by the time their next row is due.
  std::deque<Endpoint*> round;                 ///< Those that may send, in turn.
  std::size_t in_flight = 0;
  std::int64_t swept_at_ms = 0;
  bool stopping = false;

  // deliverer_loop.cpp: which endpoints have work.
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<void> step();
  boost::asio::awaitable<void> sweep();
  boost::asio::awaitable<void> join();
  void open_mail();
  void pop_due();
  void forget_idle();
  std::int64_t idle_ms() const;
  Endpoint& endpoint(WebhookId id);
  void set_due(Endpoint& endpoint, TimeMs time);

  // deliverer_send.cpp: claiming, trying, settling.
  void try_claim(Endpoint& endpoint);
  boost::asio::awaitable<void> claim(Endpoint& endpoint);
  void accept(Endpoint& endpoint, Claim claim);
  void drop_buffer(Endpoint& endpoint);
  void make_runnable(Endpoint& endpoint);
  void pump();
  bool may_send(const Endpoint& endpoint) const;
  void send_next(Endpoint& endpoint);
  boost::asio::awaitable<void> attempt(Endpoint& endpoint, std::shared_ptr<const Target> target,
                                       outbox::ClaimedDelivery delivery);
  void settle(Endpoint& endpoint, const outbox::ClaimedDelivery& delivery, const Verdict& verdict);
  void give_back(Endpoint& endpoint, const outbox::ClaimedDelivery& delivery);
  void ended(const Finished& finished);
};

}  // namespace tollgate::notify
