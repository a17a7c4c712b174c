#include "channel/exchange_store.hpp"

#include "base/json_writer.hpp"
#include "base/time.hpp"
#include "channel/driver.hpp"
#include "channel/words.hpp"

namespace tollgate::channel {
namespace {

const db::Sql insert_row{
    "INSERT INTO exchanges (id, pay_no, refund_id, account_id, operation, direction, method, url, "
    "request, response, transport, status, outcome, duration_ms, created_at) VALUES (:id, :pay_no, "
    ":refund_id, :account_id, :operation, 'out', :method, :url, :request, :response, :transport, "
    ":status, :outcome, :duration_ms, :created_at)"};
const db::Sql complete_row{
    "UPDATE exchanges SET response = :response, transport = :transport, status = :status, "
    "outcome = :outcome, duration_ms = :duration_ms WHERE id = :id AND outcome IS NULL"};
const db::Sql select_rows{
    "SELECT id, operation, direction, method, url, request, response, transport, status, outcome, "
    "duration_ms, refund_id, created_at FROM exchanges WHERE pay_no = :pay_no AND id < :before "
    "ORDER BY id DESC LIMIT :limit"};
const db::Sql select_surplus{
    "SELECT id FROM exchanges WHERE pay_no = 0 AND account_id = :account_id AND operation = "
    "'callback' ORDER BY id DESC LIMIT 1 OFFSET 500"};
const db::Sql delete_surplus{
    "DELETE FROM exchanges WHERE pay_no = 0 AND account_id = :account_id AND operation = "
    "'callback' AND id <= :id"};

/// The columns that are NULL until the exchange has ended.
struct Ended {
  std::optional<std::string_view> response, transport, outcome;
  std::optional<std::int64_t> status, duration_ms;

  Ended(const Exchange& e, std::string_view verdict) {
    if (!verdict.empty()) outcome = verdict;
    if (e.response_json) response = *e.response_json;
    if (!e.transport) return;
    transport = to_string(*e.transport);
    duration_ms = e.duration_ms;
    if (*e.transport == sdk::Transport::ok) status = e.status;
  }
};

ExchangeStore::Shown read_shown(db::Columns& c) {
  const auto id = c.next<ExchangeId>();
  json::Writer w;
  w.begin_object().field("id", id);
  for (const auto* name : {"operation", "direction", "method", "url"})
    w.field(name, c.next<std::string>());
  w.raw_field("request", c.next<std::string>());
  w.raw_field("response", c.next<std::optional<std::string>>().value_or("null"));
  w.field("transport", c.next<std::optional<std::string>>());
  w.field("status", c.next<std::optional<std::int64_t>>());
  w.field("outcome", c.next<std::optional<std::string>>());
  w.field("duration_ms", c.next<std::optional<std::int64_t>>());
  w.field("refund_id", c.next<std::optional<RefundId>>());
  w.field("created_at", to_rfc3339(c.next<TimeMs>()));
  return {id, w.end_object().take()};
}

}  // namespace

void insert_exchange(db::Tx& tx, const ExchangeOwner& owner, const Exchange& e,
                     std::string_view outcome) {
  const Ended ended(e, outcome);
  tx.exec(insert_row, e.id, owner.pay_no, owner.refund_id, owner.account_id, to_string(owner.kind),
          e.method, e.url, e.request_json, ended.response, ended.transport, ended.status,
          ended.outcome, ended.duration_ms, e.created);
}

void complete_exchange(db::Tx& tx, const Exchange& e, std::string_view outcome) {
  const Ended ended(e, outcome);
  tx.exec(complete_row, ended.response, ended.transport, ended.status, ended.outcome,
          ended.duration_ms, e.id);
}

void bound_callback_exchanges(db::Tx& tx, std::string_view account_id) {
  if (const auto id = tx.value<std::int64_t>(select_surplus, account_id))
    tx.exec(delete_surplus, account_id, *id);
}

std::vector<ExchangeStore::Shown> ExchangeStore::list(db::Tx& tx, PayNo pay_no, std::int64_t before,
                                                      int limit) {
  std::vector<Shown> out;
  tx.query(
      select_rows, [&](db::Columns& c) { out.push_back(read_shown(c)); }, pay_no, before, limit);
  return out;
}

}  // namespace tollgate::channel
