#include "reconciliation/differences.hpp"

namespace tollgate::reconciliation::differences {
namespace {

#define DIFFERENCE_COLUMNS                                                               \
  "SELECT id, reconciliation_id, account_id, subject, kind, number, pay_no, refund_id, " \
  "ours, theirs, asked, resolution, note, pool_until, found_at, resolved_at FROM differences "

const db::Sql unsee{"UPDATE differences SET seen = 0 WHERE reconciliation_id = :id"};
const db::Sql select_same{DIFFERENCE_COLUMNS
                          "WHERE reconciliation_id = :id AND subject = :subject AND kind = :kind "
                          "AND number = :number"};
const db::Sql insert_row{
    "INSERT INTO differences (id, reconciliation_id, account_id, subject, kind, number, pay_no, "
    "refund_id, ours, theirs, asked, resolution, pool_until, seen, found_at) VALUES (:id, "
    ":reconciliation_id, :account_id, :subject, :kind, :number, :pay_no, :refund_id, :ours, "
    ":theirs, 'null', :resolution, :pool_until, 1, :found_at)"};
const db::Sql see_again{
    "UPDATE differences SET seen = 1, ours = :ours, theirs = :theirs, resolution = :resolution, "
    "pool_until = :pool_until, resolved_at = NULL WHERE id = :id"};
const db::Sql see_settled{"UPDATE differences SET seen = 1 WHERE id = :id"};
const db::Sql end_unseen{
    "UPDATE differences SET resolution = 'gone', resolved_at = :now WHERE reconciliation_id = :id "
    "AND seen = 0 AND resolved_at IS NULL"};
const db::Sql end_asking{
    "UPDATE differences SET resolution = 'operator' WHERE reconciliation_id = :id AND "
    "resolution = 'asking' AND resolved_at IS NULL"};
const db::Sql select_one{DIFFERENCE_COLUMNS "WHERE id = :id"};
const db::Sql list_counted{DIFFERENCE_COLUMNS
                           "WHERE reconciliation_id = :id AND id > :after AND resolution <> "
                           "'pooled' ORDER BY id LIMIT :limit"};
const db::Sql list_to_ask{DIFFERENCE_COLUMNS
                          "WHERE account_id = :account_id AND resolution = 'asking' AND "
                          "resolved_at IS NULL AND id > :after ORDER BY id LIMIT :limit"};
const db::Sql list_waiting{
    DIFFERENCE_COLUMNS
    "WHERE account_id = :account_id AND resolved_at IS NULL AND kind = 'missing_at_channel' AND "
    "resolution <> 'asking' AND id > :after ORDER BY id LIMIT :limit"};
#undef DIFFERENCE_COLUMNS
const db::Sql set_resolution{
    "UPDATE differences SET resolution = :resolution, asked = :asked, note = :note, resolved_at = "
    ":resolved_at WHERE id = :id AND resolution = :from_resolution"};
const db::Sql count_by_resolution{
    "SELECT resolution, COUNT(*) FROM differences WHERE reconciliation_id = :id "
    "GROUP BY resolution"};
const db::Sql count_all_open{
    "SELECT COUNT(*) FROM differences WHERE resolved_at IS NULL AND resolution IN ('operator', "
    "'confirmed', 'asking')"};

Difference read_difference(db::Columns& c) {
  Difference d;
  std::string subject;
  std::string kind;
  std::string resolution;
  c >> d.id >> d.reconciliation_id >> d.account_id >> subject >> kind >> d.number >> d.pay_no >>
      d.refund_id >> d.ours >> d.theirs >> d.asked >> resolution >> d.note >> d.pool_until >>
      d.found_at >> d.resolved_at;
  d.subject = parse_subject(subject);
  d.kind = parse_kind(kind);
  d.resolution = parse_resolution(resolution);
  return d;
}

bool is_settled(Resolution resolution) {
  return resolution == Resolution::repaired || resolution == Resolution::found_later ||
         resolution == Resolution::gone || resolution == Resolution::resolved;
}

template <class... Args>
std::vector<Difference> select(db::Tx& tx, const db::Sql& sql, const Args&... args) {
  std::vector<Difference> out;
  tx.query(
      sql, [&](db::Columns& c) { out.push_back(read_difference(c)); }, args...);
  return out;
}

}  // namespace

void forget_seen(db::Tx& tx, ReconciliationId id) {
  tx.exec(unsee, id);
}

void record(db::Tx& tx, Snowflake& ids, Difference d) {
  const auto same = tx.find(select_same, read_difference, d.reconciliation_id, to_string(d.subject),
                            to_string(d.kind), d.number);
  if (!same) {
    d.id = ids.next_id<DifferenceId>();
    tx.exec(insert_row, d.id, d.reconciliation_id, d.account_id, to_string(d.subject),
            to_string(d.kind), d.number, d.pay_no, d.refund_id, d.ours, d.theirs,
            to_string(d.resolution), d.pool_until, d.found_at);
  } else if (same->resolution == Resolution::resolved) {
    tx.exec(see_settled, same->id);
  } else {
    tx.exec(see_again, d.ours, d.theirs, to_string(d.resolution), d.pool_until, same->id);
  }
}

void close_unseen(db::Tx& tx, ReconciliationId id, TimeMs now) {
  tx.exec(end_unseen, now, id);
}

void leave_to_operator(db::Tx& tx, ReconciliationId id) {
  tx.exec(end_asking, id);
}

std::optional<Difference> find(db::Tx& tx, DifferenceId id) {
  return tx.find(select_one, read_difference, id);
}

std::vector<Difference> list(db::Tx& tx, ReconciliationId id, std::int64_t after, int limit) {
  return select(tx, list_counted, id, after, limit);
}

std::vector<Difference> to_ask(db::Tx& tx, const std::string& account_id, std::int64_t after,
                               int limit) {
  return select(tx, list_to_ask, account_id, after, limit);
}

std::vector<Difference> waiting(db::Tx& tx, const std::string& account_id, std::int64_t after,
                                int limit) {
  return select(tx, list_waiting, account_id, after, limit);
}

bool resolve(db::Tx& tx, const Difference& d, Resolution to, const std::string& asked,
             const std::optional<std::string>& note, TimeMs now) {
  const std::optional<TimeMs> at = is_settled(to) ? std::optional(now) : std::nullopt;
  return tx.exec(set_resolution, to_string(to), asked, note, at, d.id, to_string(d.resolution)) ==
         1;
}

Counts count(db::Tx& tx, ReconciliationId id) {
  Counts counts;
  tx.query(
      count_by_resolution,
      [&](db::Columns& c) {
        const auto resolution = parse_resolution(c.next<std::string>());
        const auto rows = c.next<std::int64_t>();
        if (resolution == Resolution::pooled) return void(counts.pooled += rows);
        counts.all += rows;
        if (!is_settled(resolution)) counts.open += rows;
      },
      id);
  return counts;
}

std::int64_t count_open(db::Tx& tx) {
  return tx.value<std::int64_t>(count_all_open).value_or(0);
}

}  // namespace tollgate::reconciliation::differences
