#include "outbox/events.hpp"

#include <algorithm>

#include "base/snowflake.hpp"

namespace tollgate::outbox::events {
namespace {

const db::Sql select_one{"SELECT id, type, order_id, data, created_at FROM events WHERE id = :id"};
const db::Sql select_all{
    "SELECT id, type, order_id, data, created_at FROM events "
    "WHERE id < :before ORDER BY id DESC LIMIT :limit"};
const db::Sql select_by_type{
    "SELECT id, type, order_id, data, created_at FROM events "
    "WHERE type = :type AND id < :before ORDER BY id DESC LIMIT :limit"};
const db::Sql select_by_order{
    "SELECT id, type, order_id, data, created_at FROM events "
    "WHERE order_id = :order_id AND id < :before ORDER BY id DESC LIMIT :limit"};
const db::Sql select_by_both{
    "SELECT id, type, order_id, data, created_at FROM events "
    "WHERE order_id = :order_id AND type = :type AND id < :before ORDER BY id DESC LIMIT :limit"};
const db::Sql select_after{
    "SELECT id, type, order_id, data, created_at FROM events "
    "WHERE id > :after ORDER BY id LIMIT :limit"};
const db::Sql select_after_by_type{
    "SELECT id, type, order_id, data, created_at FROM events "
    "WHERE type = :type AND id > :after ORDER BY id LIMIT :limit"};
const db::Sql select_range{
    "SELECT id, type FROM events WHERE id > :after AND id >= :first AND id <= :last "
    "AND created_at >= :since AND created_at <= :until ORDER BY id LIMIT :limit"};

/// Ids may run ahead of the clock, never behind it: by as much as the clock was set back
/// (base/snowflake.hpp), a time zone's error at the most.
constexpr std::int64_t id_lead_ms = 25 * 3'600'000;

StoredEvent read_event(db::Columns& c) {
  StoredEvent event;
  c >> event.id >> event.type >> event.order >> event.data >> event.created;
  return event;
}

/// The lowest id that can be made at a time.
std::int64_t first_id_of(TimeMs time) {
  constexpr std::int64_t longest_ms = (std::int64_t{1} << 41) - 1;
  const std::int64_t ms =
      std::clamp<std::int64_t>(time.ms, Snowflake::epoch_ms, Snowflake::epoch_ms + longest_ms);
  return (ms - Snowflake::epoch_ms) << (Snowflake::worker_bits + Snowflake::sequence_bits);
}

}  // namespace

std::optional<StoredEvent> find(db::Tx& tx, EventId id) {
  return tx.find(select_one, read_event, id);
}

std::vector<StoredEvent> list(db::Tx& tx, const EventFilter& f) {
  std::vector<StoredEvent> out;
  const auto collect = [&](db::Columns& c) { out.push_back(read_event(c)); };
  if (f.type && f.order)
    tx.query(select_by_both, collect, *f.order, *f.type, f.before, f.limit);
  else if (f.type)
    tx.query(select_by_type, collect, *f.type, f.before, f.limit);
  else if (f.order)
    tx.query(select_by_order, collect, *f.order, f.before, f.limit);
  else
    tx.query(select_all, collect, f.before, f.limit);
  return out;
}

std::vector<StoredEvent> after(db::Tx& tx, EventId after, const std::optional<std::string>& type,
                               int limit) {
  std::vector<StoredEvent> out;
  const auto collect = [&](db::Columns& c) { out.push_back(read_event(c)); };
  if (type)
    tx.query(select_after_by_type, collect, *type, after, limit);
  else
    tx.query(select_after, collect, after, limit);
  return out;
}

std::vector<Brief> in_range(db::Tx& tx, const Range& range, int limit) {
  std::vector<Brief> out;
  const auto collect = [&](db::Columns& c) {
    auto& brief = out.emplace_back();
    c >> brief.id >> brief.type;
  };
  const TimeMs last{std::min(range.until.ms, INT64_MAX - id_lead_ms) + id_lead_ms};
  tx.query(select_range, collect, range.after, first_id_of(range.since), first_id_of(last),
           range.since, range.until, limit);
  return out;
}

}  // namespace tollgate::outbox::events
