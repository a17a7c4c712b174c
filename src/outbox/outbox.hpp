// Events leave through here: written in the transaction of the state they report, one delivery per
// subscription, so that no event is lost and none is sent for a change that did not commit (P3,
// P4).
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/snowflake.hpp"
#include "db/database.hpp"

namespace tollgate::outbox {

struct Event {
  std::string type;  ///< "order.paid"
  OrderId order;     ///< The order it is about; 0 for events of no order.
  std::string data;  ///< JSON: the order, payment or refund as the API shows it.

  Event(std::string t, OrderId o, std::string d)
      : type(std::move(t)), order(o), data(std::move(d)) {}
};

/// What listeners hear after the commit.
struct EventNotice {
  EventId id;
  std::string type;
  OrderId order;
};

class Outbox {
 public:
  Outbox(Snowflake& ids, const Clock& clock) : ids_(ids), clock_(clock) {}

  /// Writes the event and a pending delivery for every enabled subscription that wants its type.
  /// Listeners are told after the commit.
  EventId append(db::Tx& tx, const Event& event);

  /// Registers a listener, called on the database thread after each commit: must be short, must not
  /// throw. To be called before the first append.
  void on_event(std::function<void(const EventNotice&)> listener);
  /// Told which endpoints got deliveries; the deliverer's wake-up.
  void on_delivery(std::function<void(WebhookId)> listener);

  /// New deliveries become due this long after their event; 0 until told. Thread-safe.
  void delay_first_try(std::int64_t ms) { first_gap_ms_ = ms; }

  /// `types` are event types or "*". Replaces what the webhook had.
  void subscribe(db::Tx& tx, WebhookId webhook, const std::vector<std::string>& types);
  void unsubscribe(db::Tx& tx, WebhookId webhook);

 private:
  Snowflake& ids_;
  const Clock& clock_;
  std::atomic<std::int64_t> first_gap_ms_{0};
  std::vector<std::function<void(const EventNotice&)>> listeners_;
  std::vector<std::function<void(WebhookId)>> delivery_listeners_;
};

}  // namespace tollgate::outbox
