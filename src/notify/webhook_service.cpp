#include "notify/webhook_service.hpp"

#include <algorithm>

#include "notify/endpoint_state.hpp"

namespace tollgate::notify {

void WebhookService::tell_deliverer(db::Tx& tx, WebhookId id) {
  tx.after_commit([this, id] { deliverer_.refresh(id); });
}

Result<Webhook> WebhookService::create(db::Tx& tx, const WebhookSpec& spec) {
  if (webhooks::count(tx) >= most_webhooks)
    return invalid_field("", "there are as many webhooks as there may be");
  Webhook webhook;
  webhook.id = parts_.ids.next_id<WebhookId>();
  webhook.url = spec.url;
  webhook.events = spec.events;
  webhook.description = spec.description;
  webhook.created = parts_.clock.now();
  webhooks::insert(tx, webhook);
  parts_.outbox.subscribe(tx, webhook.id, webhook.events);
  return webhook;
}

/// Another instance may write the row between our read and our write; the caller tries again.
Result<Webhook> WebhookService::saved(db::Tx& tx, Webhook webhook) {
  if (!save(tx, parts_.outbox, webhook))
    return Error(Errc::service_unavailable, "the webhook was changed at the same time");
  ++webhook.version;
  tell_deliverer(tx, webhook.id);
  return webhook;
}

Result<Webhook> WebhookService::change(db::Tx& tx, WebhookId id, const WebhookPatch& patch) {
  auto webhook = webhooks::find(tx, id);
  if (!webhook) return Error(Errc::webhook_not_found);
  if (patch.url) webhook->url = *patch.url;
  if (patch.events) webhook->events = *patch.events;
  if (patch.description) webhook->description = *patch.description;
  if (patch.enabled == false && webhook->enabled) {
    if (!switch_off(tx, parts_.outbox, *webhook, "operator"))
      return Error(Errc::service_unavailable, "the webhook was changed at the same time");
    tell_deliverer(tx, id);
    return *webhook;
  }
  if (patch.enabled == true) {
    webhook->enabled = true;
    webhook->disabled_reason.reset();
  }
  return saved(tx, std::move(*webhook));
}

Result<Webhook> WebhookService::rotate(db::Tx& tx, WebhookId id) {
  auto webhook = webhooks::find(tx, id);
  if (!webhook) return Error(Errc::webhook_not_found);
  ++webhook->generation;
  webhook->rotated = parts_.clock.now();
  return saved(tx, std::move(*webhook));
}

Result<bool> WebhookService::remove(db::Tx& tx, WebhookId id) {
  auto webhook = webhooks::find(tx, id);
  if (!webhook) return Error(Errc::webhook_not_found);
  webhook->enabled = false;
  webhook->disabled_reason = "deleted";
  TOLLGATE_TRY(const auto off, saved(tx, std::move(*webhook)));
  const auto buried = outbox::deliveries::bury(tx, off.id, "the webhook was deleted", portion);
  if (buried == portion) return false;
  webhooks::remove(tx, off.id);
  return true;
}

Result<WebhookService::Replayed> WebhookService::replay(db::Tx& tx, WebhookId id,
                                                        const outbox::events::Range& range) {
  const auto webhook = webhooks::find(tx, id);
  if (!webhook) return Error(Errc::webhook_not_found);
  const auto wants = [&](const std::string& type) {
    return std::ranges::any_of(webhook->events,
                               [&](const auto& wanted) { return wanted == "*" || wanted == type; });
  };
  const TimeMs now = parts_.clock.now();
  const auto found = outbox::events::in_range(tx, range, portion);
  Replayed replayed;
  for (const auto& event : found) {
    replayed.last = event.id;
    if (!wants(event.type)) continue;
    outbox::deliveries::replay(tx, parts_.ids, event.id, id, now);
    ++replayed.count;
  }
  replayed.more = found.size() == portion;
  if (replayed.count > 0) tx.after_commit([this, id] { deliverer_.wake(id); });
  return replayed;
}

Result<outbox::Delivery> WebhookService::replay(db::Tx& tx, DeliveryId id) {
  const auto delivery = outbox::deliveries::find(tx, id);
  if (!delivery) return Error(Errc::delivery_not_found);
  const WebhookId webhook = delivery->webhook;
  if (!webhooks::find(tx, webhook)) return Error(Errc::webhook_not_found, "it was deleted");
  outbox::deliveries::replay(tx, id, parts_.clock.now());
  tx.after_commit([this, webhook] { deliverer_.wake(webhook); });
  return *outbox::deliveries::find(tx, id);
}

}  // namespace tollgate::notify
