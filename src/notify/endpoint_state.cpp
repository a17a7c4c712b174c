#include "notify/endpoint_state.hpp"

namespace tollgate::notify {

bool save(db::Tx& tx, outbox::Outbox& outbox, const Webhook& webhook) {
  if (!webhooks::update(tx, webhook)) return false;
  if (webhook.enabled)
    outbox.subscribe(tx, webhook.id, webhook.events);
  else
    outbox.unsubscribe(tx, webhook.id);
  return true;
}

bool switch_off(db::Tx& tx, outbox::Outbox& outbox, Webhook& webhook, std::string reason) {
  if (!webhook.enabled) return false;
  webhook.enabled = false;
  webhook.disabled_reason = std::move(reason);
  if (!save(tx, outbox, webhook)) return false;
  outbox.append(tx, outbox::Event("webhook.disabled", OrderId(), to_json(webhook)));
  return true;
}

}  // namespace tollgate::notify
