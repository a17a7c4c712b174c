#include "outbox/deliveries.hpp"

#include <algorithm>
#include <limits>

namespace tollgate::outbox::deliveries {
namespace {

/// As read_claimed() takes them.
std::string select_claimed(std::string_view rest) {
  return "SELECT d.id, d.lease_token, d.attempts, d.created_at, d.event_id, e.type, e.created_at, "
         "e.data FROM deliveries d JOIN events e ON e.id = d.event_id " +
         std::string(rest);
}

const db::Sql select_due{
    select_claimed("WHERE d.webhook_id = :webhook_id AND d.status = 'pending' "
                   "AND d.next_attempt_at <= :now_a AND d.lease_until <= :now_b "
                   "ORDER BY d.next_attempt_at, d.id LIMIT :limit")};
// What is held stands before the rest: its events, and their data, are not read for it.
const db::Sql select_waiting{
    "SELECT id, next_attempt_at FROM deliveries "
    "WHERE webhook_id = :webhook_id AND status = 'pending' "
    "ORDER BY next_attempt_at, id LIMIT :limit"};
const db::Sql select_one_due{select_claimed("WHERE d.id = :id")};
const db::Sql take{
    "UPDATE deliveries SET lease_until = :lease_until, lease_token = lease_token + 1 "
    "WHERE id = :id AND lease_token = :token AND status = 'pending'"};
const db::Sql select_next_due{
    "SELECT next_attempt_at FROM deliveries "
    "WHERE webhook_id = :webhook_id AND status = 'pending' AND lease_until <= :now "
    "ORDER BY next_attempt_at LIMIT 1"};
const db::Sql record_result{
    "UPDATE deliveries SET status = :status, attempts = :attempts, "
    "next_attempt_at = :next_attempt_at, last_status = :last_status, last_error = :last_error, "
    "delivered_at = :delivered_at, lease_until = 0 "
    "WHERE id = :id AND lease_token = :token AND status = 'pending'"};
const db::Sql release_lease{
    "UPDATE deliveries SET lease_until = 0 WHERE id = :id AND lease_token = :token"};
const db::Sql release_leases{
    "UPDATE deliveries SET lease_until = 0, lease_token = lease_token + 1 "
    "WHERE status = 'pending' AND lease_until <> 0"};
const db::Sql replay_one{
    "UPDATE deliveries SET status = 'pending', attempts = 0, next_attempt_at = :now, "
    "delivered_at = NULL, lease_until = 0, lease_token = lease_token + 1 WHERE id = :id"};
const db::Sql replay_of_event{
    "UPDATE deliveries SET status = 'pending', attempts = 0, next_attempt_at = :now, "
    "delivered_at = NULL, lease_until = 0, lease_token = lease_token + 1 "
    "WHERE event_id = :event_id AND webhook_id = :webhook_id"};
const db::Sql insert_delivery{
    "INSERT INTO deliveries (id, event_id, webhook_id, status, next_attempt_at, created_at) "
    "VALUES (:id, :event_id, :webhook_id, 'pending', :next_attempt_at, :created_at)"};
const db::Sql select_pending{
    "SELECT id FROM deliveries WHERE webhook_id = :webhook_id AND status = 'pending' "
    "ORDER BY next_attempt_at LIMIT :limit"};
const db::Sql bury_one{
    "UPDATE deliveries SET status = 'dead', last_error = :reason, lease_until = 0, "
    "lease_token = lease_token + 1 WHERE id = :id"};

ClaimedDelivery read_claimed(db::Columns& c) {
  ClaimedDelivery d;
  c >> d.id >> d.token >> d.attempts >> d.created >> d.event >> d.type >> d.event_created >> d.data;
  return d;
}

}  // namespace

std::vector<ClaimedDelivery> claim(db::Tx& tx, WebhookId webhook, TimeMs now, TimeMs lease_until,
                                   std::size_t limit) {
  std::vector<ClaimedDelivery> found;
  const auto collect = [&](db::Columns& c) {
    found.push_back(read_claimed(c));
    found.back().lease_until = lease_until;
  };
  tx.query(select_due, collect, webhook, now, now, limit);
  std::erase_if(
      found, [&](ClaimedDelivery& d) { return tx.exec(take, lease_until, d.id, d.token++) != 1; });
  return found;
}

Due due(db::Tx& tx, WebhookId webhook, TimeMs now, std::size_t limit,
        const std::vector<DeliveryId>& held) {
  Due out;
  std::vector<DeliveryId> found;
  const auto look = [&](db::Columns& c) {
    const auto id = c.next<DeliveryId>();
    const auto at = c.next<TimeMs>();
    if (out.more || out.next || std::ranges::binary_search(held, id)) return;
    if (at > now)
      out.next = at;
    else if (found.size() == limit)
      out.more = true;
    else
      found.push_back(id);
  };
  tx.query(select_waiting, look, webhook, limit + held.size() + 1);
  for (const DeliveryId id : found) {
    auto row = tx.find(select_one_due, read_claimed, id);
    if (!row) throw db::DatabaseError("a delivery without its event");
    row->lease_until = TimeMs{std::numeric_limits<std::int64_t>::max()};
    out.rows.push_back(std::move(*row));
  }
  return out;
}

std::optional<TimeMs> next_due(db::Tx& tx, WebhookId webhook, TimeMs now) {
  return tx.value<TimeMs>(select_next_due, webhook, now);
}

bool record(db::Tx& tx, const AttemptResult& r) {
  return tx.exec(record_result, to_string(r.status), r.attempts, r.next_attempt, r.last_status,
                 r.last_error, r.delivered, r.id, r.token) == 1;
}

void release(db::Tx& tx, DeliveryId id, std::int64_t token) {
  tx.exec(release_lease, id, token);
}

void release_all(db::Tx& tx) {
  tx.exec(release_leases);
}

bool replay(db::Tx& tx, DeliveryId id, TimeMs now) {
  return tx.exec(replay_one, now, id) == 1;
}

void replay(db::Tx& tx, Snowflake& ids, EventId event, WebhookId webhook, TimeMs now) {
  if (tx.exec(replay_of_event, now, event, webhook) == 1) return;
  tx.exec(insert_delivery, ids.next_id<DeliveryId>(), event, webhook, now, now);
}

std::size_t bury(db::Tx& tx, WebhookId webhook, std::string_view reason, std::size_t limit) {
  std::vector<DeliveryId> pending;
  const auto collect = [&](db::Columns& c) { pending.push_back(c.next<DeliveryId>()); };
  tx.query(select_pending, collect, webhook, limit);
  for (const DeliveryId id : pending) tx.exec(bury_one, reason, id);
  return pending.size();
}

}  // namespace tollgate::outbox::deliveries
