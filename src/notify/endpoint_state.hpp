// Turning endpoints on and off: the row, its subscriptions and the event change together (P3).
//
// Deliveries that are pending when an endpoint is turned off stay pending and rest; they go on when
// it is turned on again, with the tries that they have left. Events that happen meanwhile make no
// delivery for it; POST /v1/webhooks/{id}/replay makes up for them.
#pragma once

#include <string>

#include "db/database.hpp"
#include "notify/webhook_store.hpp"
#include "outbox/outbox.hpp"

namespace tollgate::notify {

/// Writes `webhook` and makes its subscriptions follow `enabled` and `events`. False where the row
/// has changed since it was read.
bool save(db::Tx& tx, outbox::Outbox& outbox, const Webhook& webhook);

/// Disables an enabled webhook for `reason` and emits webhook.disabled. False where it changed
/// since it was read, or is disabled already.
bool switch_off(db::Tx& tx, outbox::Outbox& outbox, Webhook& webhook, std::string reason);

}  // namespace tollgate::notify
