#include "notify/webhook_store.hpp"

#include "base/json_writer.hpp"
#include "base/time.hpp"

namespace tollgate::notify {
namespace {

const db::Sql insert_webhook{
    "INSERT INTO webhooks (id, url, events, description, enabled, generation, version, created_at) "
    "VALUES (:id, :url, :events, :description, :enabled, :generation, :version, :created_at)"};
const db::Sql update_webhook{
    "UPDATE webhooks SET url = :url, events = :events, description = :description, "
    "enabled = :enabled, disabled_reason = :disabled_reason, generation = :generation, "
    "rotated_at = :rotated_at, version = version + 1 WHERE id = :id AND version = :version"};
const db::Sql delete_webhook{"DELETE FROM webhooks WHERE id = :id"};
const db::Sql select_one{
    "SELECT id, url, events, description, enabled, disabled_reason, generation, rotated_at, "
    "version, created_at FROM webhooks WHERE id = :id"};
const db::Sql select_page{
    "SELECT id, url, events, description, enabled, disabled_reason, generation, rotated_at, "
    "version, created_at FROM webhooks WHERE id < :before ORDER BY id DESC LIMIT :limit"};
const db::Sql select_enabled{"SELECT id FROM webhooks WHERE enabled = 1"};
const db::Sql select_count{"SELECT COUNT(*) FROM webhooks"};

std::string events_json(const Webhook& webhook) {
  json::Writer w;
  w.begin_array();
  for (const auto& type : webhook.events) w.text(type);
  w.end_array();
  return w.take();
}

/// The stored array holds event types and "*" alone: no quote, comma or escape inside an element.
std::vector<std::string> parse_events(std::string_view text) {
  std::vector<std::string> events;
  for (std::size_t open = text.find('"'); open != std::string_view::npos;) {
    const std::size_t close = text.find('"', open + 1);
    TOLLGATE_ASSERT(close != std::string_view::npos);
    events.emplace_back(text.substr(open + 1, close - open - 1));
    open = text.find('"', close + 1);
  }
  return events;
}

Webhook read_webhook(db::Columns& c) {
  Webhook w;
  std::string events;
  c >> w.id >> w.url >> events >> w.description >> w.enabled >> w.disabled_reason >> w.generation >>
      w.rotated >> w.version >> w.created;
  w.events = parse_events(events);
  return w;
}

}  // namespace

std::string to_json(const Webhook& webhook) {
  json::Writer w;
  w.begin_object().field("id", webhook.id).field("url", webhook.url);
  w.raw_field("events", events_json(webhook));
  w.field("description", webhook.description).field("enabled", webhook.enabled);
  w.field("disabled_reason", webhook.disabled_reason);
  w.field("created_at", to_rfc3339(webhook.created)).end_object();
  return w.take();
}

namespace webhooks {

void insert(db::Tx& tx, const Webhook& w) {
  tx.exec(insert_webhook, w.id, w.url, events_json(w), w.description, w.enabled, w.generation,
          w.version, w.created);
}

bool update(db::Tx& tx, const Webhook& w) {
  return tx.exec(update_webhook, w.url, events_json(w), w.description, w.enabled, w.disabled_reason,
                 w.generation, w.rotated, w.id, w.version) == 1;
}

bool remove(db::Tx& tx, WebhookId id) {
  return tx.exec(delete_webhook, id) == 1;
}

std::optional<Webhook> find(db::Tx& tx, WebhookId id) {
  return tx.find(select_one, read_webhook, id);
}

std::vector<Webhook> list(db::Tx& tx, WebhookId before, int limit) {
  std::vector<Webhook> out;
  const auto collect = [&](db::Columns& c) { out.push_back(read_webhook(c)); };
  tx.query(select_page, collect, before, limit);
  return out;
}

std::vector<WebhookId> enabled(db::Tx& tx) {
  std::vector<WebhookId> out;
  const auto collect = [&](db::Columns& c) { out.push_back(c.next<WebhookId>()); };
  tx.query(select_enabled, collect);
  return out;
}

std::int64_t count(db::Tx& tx) {
  return tx.value<std::int64_t>(select_count).value_or(0);
}

}  // namespace webhooks
}  // namespace tollgate::notify
