#include "payment/callback_store.hpp"

#include "db/optional_text.hpp"

namespace tollgate::payment::store {
namespace {

// Without what is large: fact and body.
#define CALLBACK_COLUMNS                                                                  \
  "SELECT id, account_id, event_id, event_type, verdict, reason, state, result, pay_no, " \
  "size, remote_ip, received_at FROM callbacks "

const db::Sql insert_row{
    "INSERT INTO callbacks (id, account_id, event_id, event_type, verdict, reason, state, result, "
    "pay_no, fact, body, size, remote_ip, received_at) VALUES (:id, :account_id, :event_id, "
    ":event_type, :verdict, :reason, :state, :result, :pay_no, :fact, :body, :size, :remote_ip, "
    ":received_at)"};
const db::Sql update_applied{
    "UPDATE callbacks SET state = 'applied', result = :result "
    "WHERE id = :id AND state = 'received'"};
const db::Sql select_event{
    "SELECT id FROM callbacks WHERE account_id = :account_id AND event_id = :event_id"};
const db::Sql select_unapplied{
    "SELECT id, account_id, fact FROM callbacks "
    "WHERE state = 'received' AND id > :after ORDER BY id LIMIT :limit"};
// One text for each way in. Refused ones are few (bounded per account): they have an index of their
// own, and a list of accepted ones passes over no more than those.
#define NEWEST_FIRST " ORDER BY id DESC LIMIT :limit"
const db::Sql list_all{
    CALLBACK_COLUMNS
    "WHERE id < :before AND (:verdict IS NULL OR verdict = :verdict2)" NEWEST_FIRST};
const db::Sql list_by_account{CALLBACK_COLUMNS
                              "WHERE account_id = :account AND id < :before "
                              "AND (:verdict IS NULL OR verdict = :verdict2)" NEWEST_FIRST};
const db::Sql list_refused{CALLBACK_COLUMNS
                           "INDEXED BY callbacks_refused WHERE verdict = 'refused' "
                           "AND id < :before" NEWEST_FIRST};
const db::Sql list_refused_by_account{
    CALLBACK_COLUMNS
    "INDEXED BY callbacks_refused WHERE verdict = 'refused' AND account_id = :account "
    "AND id < :before" NEWEST_FIRST};
const db::Sql select_of{CALLBACK_COLUMNS
                        "WHERE pay_no = :pay_no AND pay_no <> 0 AND id < :before" NEWEST_FIRST};
#undef NEWEST_FIRST
#undef CALLBACK_COLUMNS
const db::Sql delete_refused{
    "DELETE FROM callbacks INDEXED BY callbacks_refused "
    "WHERE verdict = 'refused' AND account_id = :account AND id <= "
    "(SELECT id FROM callbacks INDEXED BY callbacks_refused WHERE verdict = 'refused' AND "
    "account_id = :account2 "
    "ORDER BY id DESC LIMIT 1 OFFSET :keep)"};

CallbackRow read_row(db::Columns& c) {
  CallbackRow r;
  c >> r.id >> r.account_id >> r.event_id >> r.event_type >> r.verdict >> r.reason >> r.state >>
      r.result >> r.pay_no >> r.size >> r.remote_ip >> r.received_at;
  return r;
}

}  // namespace

void insert_callback(db::Tx& tx, const CallbackRow& r) {
  tx.exec(insert_row, r.id, r.account_id, db::null_if_empty(r.event_id), r.event_type, r.verdict,
          db::null_if_empty(r.reason), r.state, db::null_if_empty(r.result), r.pay_no, r.fact,
          r.body, r.size, r.remote_ip, r.received_at);
}

bool mark_applied(db::Tx& tx, CallbackId id, std::string_view result) {
  return tx.exec(update_applied, result, id) == 1;
}

bool is_known(db::Tx& tx, const std::string& account_id, const std::string& event_id) {
  return tx.value<CallbackId>(select_event, account_id, event_id).has_value();
}

std::vector<Unapplied> unapplied(db::Tx& tx, CallbackId after, int limit) {
  std::vector<Unapplied> rows;
  const auto collect = [&](db::Columns& c) {
    auto& row = rows.emplace_back();
    c >> row.id >> row.account_id >> row.fact;
  };
  tx.query(select_unapplied, collect, after, limit);
  return rows;
}

std::vector<CallbackRow> list_callbacks(db::Tx& tx, const std::optional<std::string>& account_id,
                                        const std::optional<std::string>& verdict,
                                        std::int64_t before, int limit) {
  std::vector<CallbackRow> rows;
  const auto each = [&](db::Columns& c) { rows.push_back(read_row(c)); };
  const bool refused = verdict == "refused";
  if (refused && account_id)
    tx.query(list_refused_by_account, each, *account_id, before, limit);
  else if (refused)
    tx.query(list_refused, each, before, limit);
  else if (account_id)
    tx.query(list_by_account, each, *account_id, before, verdict, verdict, limit);
  else
    tx.query(list_all, each, before, verdict, verdict, limit);
  return rows;
}

std::vector<CallbackRow> callbacks_of(db::Tx& tx, PayNo pay_no, std::int64_t before, int limit) {
  std::vector<CallbackRow> rows;
  tx.query(
      select_of, [&](db::Columns& c) { rows.push_back(read_row(c)); }, pay_no, before, limit);
  return rows;
}

void prune_refused(db::Tx& tx, const std::string& account_id, int keep) {
  tx.exec(delete_refused, account_id, account_id, keep);
}

}  // namespace tollgate::payment::store
