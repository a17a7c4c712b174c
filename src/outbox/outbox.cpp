#include "outbox/outbox.hpp"

#include <algorithm>

namespace tollgate::outbox {
namespace {

const db::Sql insert_event{
    "INSERT INTO events (id, type, order_id, data, created_at) "
    "VALUES (:id, :type, :order_id, :data, :created_at)"};
const db::Sql wanted_by{"SELECT webhook_id FROM subscriptions WHERE type = :type"};
constexpr std::string_view every_type = "*";
const db::Sql insert_delivery{
    "INSERT INTO deliveries (id, event_id, webhook_id, status, next_attempt_at, created_at) "
    "VALUES (:id, :event_id, :webhook_id, 'pending', :next_attempt_at, :created_at)"};
const db::Sql insert_subscription{
    "INSERT INTO subscriptions (type, webhook_id) VALUES (:type, :webhook_id)"};
const db::Sql delete_subscriptions{"DELETE FROM subscriptions WHERE webhook_id = :webhook_id"};

}  // namespace

EventId Outbox::append(db::Tx& tx, const Event& event) {
  TOLLGATE_RULE(!event.type.empty() && !event.data.empty());
  const TimeMs now = clock_.now();
  const auto id = ids_.next_id<EventId>();
  tx.exec(insert_event, id, event.type, event.order, event.data, now);

  // Two look-ups by the key, and what they find put together here: DISTINCT and IN would each make
  // a table of their own, which costs more than all the rest.
  std::vector<WebhookId> webhooks;
  const auto collect = [&](db::Columns& c) {
    const auto webhook = c.next<WebhookId>();
    if (std::ranges::find(webhooks, webhook) == webhooks.end()) webhooks.push_back(webhook);
  };
  tx.query(wanted_by, collect, event.type);
  tx.query(wanted_by, collect, every_type);
  const TimeMs due = now.plus_ms(first_gap_ms_);
  for (const WebhookId webhook : webhooks)
    tx.exec(insert_delivery, ids_.next_id<DeliveryId>(), id, webhook, due, now);

  EventNotice notice{id, event.type, event.order};
  tx.after_commit([this, notice = std::move(notice), webhooks = std::move(webhooks)] {
    for (const auto& listener : listeners_) listener(notice);
    for (const auto& listener : delivery_listeners_)
      for (const WebhookId webhook : webhooks) listener(webhook);
  });
  return id;
}

void Outbox::on_event(std::function<void(const EventNotice&)> listener) {
  listeners_.push_back(std::move(listener));
}

void Outbox::on_delivery(std::function<void(WebhookId)> listener) {
  delivery_listeners_.push_back(std::move(listener));
}

void Outbox::subscribe(db::Tx& tx, WebhookId webhook, const std::vector<std::string>& types) {
  unsubscribe(tx, webhook);
  for (const auto& type : types) tx.exec(insert_subscription, type, webhook);
}

void Outbox::unsubscribe(db::Tx& tx, WebhookId webhook) {
  tx.exec(delete_subscriptions, webhook);
}

}  // namespace tollgate::outbox
