// The rows of webhooks: endpoints of merchants.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/strong_id.hpp"
#include "db/database.hpp"

namespace tollgate::notify {

struct Webhook {
  WebhookId id;
  std::string url;
  std::vector<std::string> events;  ///< Event types, or "*" alone.
  std::optional<std::string> description;
  bool enabled = true;
  std::optional<std::string>
      disabled_reason;            ///< "gone" (410) or "operator"; nothing while enabled.
  std::int64_t generation = 1;    ///< Of the signing key.
  std::optional<TimeMs> rotated;  ///< When the generation began; nothing for the first.
  std::int64_t version = 1;       ///< Grows with every change.
  TimeMs created;
};

/// As the API shows it, without the secret.
std::string to_json(const Webhook& webhook);

namespace webhooks {

void insert(db::Tx& tx, const Webhook& webhook);
/// Writes everything but the id and the creation time, under the next version. False where the row
/// has another version than `webhook` was read with: nothing was written.
bool update(db::Tx& tx, const Webhook& webhook);
bool remove(db::Tx& tx, WebhookId id);

std::optional<Webhook> find(db::Tx& tx, WebhookId id);
/// Newest first, ids below `before`.
std::vector<Webhook> list(db::Tx& tx, WebhookId before, int limit);
std::vector<WebhookId> enabled(db::Tx& tx);
std::int64_t count(db::Tx& tx);

}  // namespace webhooks
}  // namespace tollgate::notify
