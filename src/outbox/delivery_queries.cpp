#include <array>

#include "outbox/deliveries.hpp"

namespace tollgate::outbox {
namespace {

std::string select(std::string_view rest) {
  return "SELECT id, event_id, webhook_id, status, attempts, next_attempt_at, last_status, "
         "last_error, created_at, delivered_at FROM deliveries " +
         std::string(rest);
}

const db::Sql select_one{select("WHERE id = :id")};
const db::Sql select_all{select("WHERE id < :before ORDER BY id DESC LIMIT :limit")};
const db::Sql select_by_status{
    select("WHERE status = :status AND id < :before ORDER BY id DESC LIMIT :limit")};
const db::Sql select_by_webhook{
    select("WHERE webhook_id = :webhook_id AND id < :before ORDER BY id DESC LIMIT :limit")};
const db::Sql select_by_both{
    select("WHERE webhook_id = :webhook_id AND status = :status AND id < :before "
           "ORDER BY id DESC LIMIT :limit")};
const db::Sql select_count{"SELECT COUNT(*) FROM deliveries WHERE status = :status"};

constexpr std::array<std::string_view, 3> words{"pending", "delivered", "dead"};

Delivery read_delivery(db::Columns& c) {
  Delivery d;
  std::string status;
  c >> d.id >> d.event >> d.webhook >> status >> d.attempts >> d.next_attempt >> d.last_status >>
      d.last_error >> d.created >> d.delivered;
  const auto parsed = parse_delivery_status(status);
  TOLLGATE_ASSERT(parsed.has_value());
  d.status = *parsed;
  return d;
}

}  // namespace

std::string_view to_string(DeliveryStatus status) {
  return words.at(static_cast<std::size_t>(status));
}

std::optional<DeliveryStatus> parse_delivery_status(std::string_view word) {
  for (std::size_t i = 0; i < words.size(); ++i)
    if (words[i] == word) return static_cast<DeliveryStatus>(i);
  return std::nullopt;
}

namespace deliveries {

std::optional<Delivery> find(db::Tx& tx, DeliveryId id) {
  return tx.find(select_one, read_delivery, id);
}

std::vector<Delivery> list(db::Tx& tx, const DeliveryFilter& f) {
  std::vector<Delivery> out;
  const auto collect = [&](db::Columns& c) { out.push_back(read_delivery(c)); };
  if (f.status && f.webhook)
    tx.query(select_by_both, collect, *f.webhook, to_string(*f.status), f.before, f.limit);
  else if (f.status)
    tx.query(select_by_status, collect, to_string(*f.status), f.before, f.limit);
  else if (f.webhook)
    tx.query(select_by_webhook, collect, *f.webhook, f.before, f.limit);
  else
    tx.query(select_all, collect, f.before, f.limit);
  return out;
}

std::int64_t count(db::Tx& tx, DeliveryStatus status) {
  return tx.value<std::int64_t>(select_count, to_string(status)).value_or(0);
}

}  // namespace deliveries
}  // namespace tollgate::outbox
