// What can be done with webhooks, each inside the caller's unit of work.
#pragma once

#include <string>

#include "base/error.hpp"
#include "notify/deliverer.hpp"
#include "notify/parts.hpp"
#include "notify/signing.hpp"
#include "notify/webhook_input.hpp"
#include "notify/webhook_store.hpp"
#include "outbox/deliveries.hpp"
#include "outbox/events.hpp"

namespace tollgate::notify {

/// Every change reaches the deliverer after its commit. Thread-safe.
class WebhookService {
 public:
  /// Every event is matched against all of them.
  static constexpr std::int64_t most_webhooks = 1'000;

  WebhookService(const Parts& parts, Deliverer& deliverer) : parts_(parts), deliverer_(deliverer) {}

  /// Error: invalid_request where there are most_webhooks.
  Result<Webhook> create(db::Tx& tx, const WebhookSpec& spec);
  /// Error: webhook_not_found.
  Result<Webhook> change(db::Tx& tx, WebhookId id, const WebhookPatch& patch);
  /// The next generation of the key; the one before signs beside it for 24 h, older ones no more.
  /// Error: webhook_not_found.
  Result<Webhook> rotate(db::Tx& tx, WebhookId id);

  /// Deletes the webhook and marks its pending deliveries dead, `portion` of them in this unit.
  /// False where more are left: to be called again. Error: webhook_not_found.
  Result<bool> remove(db::Tx& tx, WebhookId id);

  struct Replayed {
    std::int64_t count = 0;
    EventId last;       ///< Where the next portion goes on.
    bool more = false;  ///< To be called again.
  };
  /// Makes the wanted events of a portion of a stretch of time due again, also those that happened
  /// while the webhook was disabled. Error: webhook_not_found.
  Result<Replayed> replay(db::Tx& tx, WebhookId id, const outbox::events::Range& range);

  /// Errors: delivery_not_found; webhook_not_found where its webhook was deleted.
  Result<outbox::Delivery> replay(db::Tx& tx, DeliveryId id);

 private:
  static constexpr int portion = 500;
  Result<Webhook> saved(db::Tx& tx, Webhook webhook);
  void tell_deliverer(db::Tx& tx, WebhookId id);

  const Parts parts_;
  Deliverer& deliverer_;
};

}  // namespace tollgate::notify
