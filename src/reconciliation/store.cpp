#include "reconciliation/store.hpp"

namespace tollgate::reconciliation::store {
namespace {

#define RECONCILIATION_COLUMNS                                                                \
  "SELECT id, account_id, channel, bill_date, status, stage, tries, failure_code, day_from, " \
  "day_until, lines, totals, funds, created_at, completed_at FROM reconciliations "

const db::Sql insert_row{
    "INSERT INTO reconciliations (id, account_id, channel, bill_date, status, stage, tries, "
    "day_from, day_until, lines, totals, funds, created_at) VALUES (:id, :account_id, :channel, "
    ":bill_date, 'pending', 'fetch', 0, :day_from, :day_until, 0, '[]', 'null', :created_at)"};
const db::Sql select_row{RECONCILIATION_COLUMNS "WHERE id = :id"};
const db::Sql select_day{RECONCILIATION_COLUMNS
                         "WHERE account_id = :account_id AND bill_date = :bill_date"};
const db::Sql list_all{RECONCILIATION_COLUMNS
                       "WHERE id < :before AND (:account IS NULL OR account_id = :account2) "
                       "ORDER BY id DESC LIMIT :limit"};
#undef RECONCILIATION_COLUMNS
const db::Sql select_first{
    "SELECT bill_date FROM reconciliations WHERE account_id = :account_id "
    "ORDER BY bill_date LIMIT 1"};
const db::Sql count_failed_rows{"SELECT COUNT(*) FROM reconciliations WHERE status = 'failed'"};
const db::Sql select_totals{
    "SELECT totals FROM reconciliations WHERE account_id = :account_id AND status = 'completed' "
    "ORDER BY bill_date DESC LIMIT :limit"};
const db::Sql update_row{
    "UPDATE reconciliations SET status = :status, stage = :stage, tries = :tries, failure_code = "
    ":failure_code, lines = :lines, totals = :totals, funds = :funds, completed_at = :completed_at "
    "WHERE id = :id"};

const db::Sql insert_line{
    "INSERT INTO bill_lines (reconciliation_id, line_no, account_id, bill_date, subject, number, "
    "status, amount, fee, currency, time, pay_no, channel_trade_no, channel_refund_no, "
    "channel_kind) VALUES (:id, :line_no, :account_id, :bill_date, :subject, :number, :status, "
    ":amount, :fee, :currency, :time, :pay_no, :trade_no, :refund_no, :channel_kind)"};
const db::Sql delete_some{
    "DELETE FROM bill_lines WHERE reconciliation_id = :id AND line_no IN (SELECT line_no FROM "
    "bill_lines WHERE reconciliation_id = :id2 ORDER BY line_no LIMIT :limit)"};
const db::Sql select_lines{
    "SELECT line_no, subject, number, status, amount, fee, currency, time, pay_no, "
    "channel_trade_no, channel_refund_no, channel_kind FROM bill_lines WHERE reconciliation_id = "
    ":id AND line_no > :after ORDER BY line_no LIMIT :limit"};
// What a fetch that is under way or has failed left behind says nothing.
#define LINES_OF_NUMBER                                                                  \
  "SELECT 1 FROM bill_lines CROSS JOIN reconciliations ON reconciliations.id = "         \
  "bill_lines.reconciliation_id WHERE bill_lines.account_id = :account_id AND "          \
  "bill_lines.subject = :subject AND bill_lines.number = :number AND bill_lines.number " \
  "<> '' AND reconciliations.status <> 'failed' AND reconciliations.stage <> 'fetch' "
const db::Sql select_repeated{
    LINES_OF_NUMBER
    "AND bill_lines.status = 'succeeded' AND (bill_lines.bill_date < :date OR "
    "(bill_lines.bill_date = :date2 AND bill_lines.line_no < :line_no)) LIMIT 1"};
const db::Sql select_number{LINES_OF_NUMBER "LIMIT 1"};
#undef LINES_OF_NUMBER

Reconciliation read_row(db::Columns& c) {
  Reconciliation r;
  std::string status;
  std::string stage;
  c >> r.id >> r.account_id >> r.channel >> r.day.date >> status >> stage >> r.tries >>
      r.failure_code >> r.day.from >> r.day.until >> r.lines >> r.totals >> r.funds >>
      r.created_at >> r.completed_at;
  r.status = parse_status(status).value_or(Status::failed);
  r.stage = parse_stage(stage);
  return r;
}

Line read_line(db::Columns& c) {
  Line l;
  std::string subject;
  std::string status;
  c >> l.line_no >> subject >> l.number >> status >> l.amount >> l.fee >> l.currency >> l.time >>
      l.pay_no >> l.channel_trade_no >> l.channel_refund_no >> l.channel_kind;
  l.subject = parse_subject(subject);
  l.status = parse_line_status(status);
  return l;
}

}  // namespace

void insert(db::Tx& tx, const Reconciliation& r) {
  tx.exec(insert_row, r.id, r.account_id, r.channel, r.day.date, r.day.from, r.day.until,
          r.created_at);
}

std::optional<Reconciliation> find(db::Tx& tx, ReconciliationId id) {
  return tx.find(select_row, read_row, id);
}

std::optional<Reconciliation> find_day(db::Tx& tx, const std::string& account_id,
                                       const std::string& date) {
  return tx.find(select_day, read_row, account_id, date);
}

std::optional<std::string> first_date(db::Tx& tx, const std::string& account_id) {
  return tx.value<std::string>(select_first, account_id);
}

std::vector<Reconciliation> list(db::Tx& tx, const std::optional<std::string>& account_id,
                                 std::int64_t before, int limit) {
  std::vector<Reconciliation> out;
  tx.query(
      list_all, [&](db::Columns& c) { out.push_back(read_row(c)); }, before, account_id, account_id,
      limit);
  return out;
}

std::int64_t count_failed(db::Tx& tx) {
  return tx.value<std::int64_t>(count_failed_rows).value_or(0);
}

std::vector<std::string> latest_totals(db::Tx& tx, const std::string& account_id, int limit) {
  std::vector<std::string> out;
  tx.query(
      select_totals, [&](db::Columns& c) { out.push_back(c.next<std::string>()); }, account_id,
      limit);
  return out;
}

void update(db::Tx& tx, const Reconciliation& r) {
  tx.exec(update_row, to_string(r.status), to_string(r.stage), r.tries, r.failure_code, r.lines,
          r.totals, r.funds, r.completed_at, r.id);
}

void insert_lines(db::Tx& tx, const Reconciliation& of, const std::vector<Line>& lines) {
  for (const auto& l : lines)
    tx.exec(insert_line, of.id, l.line_no, of.account_id, of.day.date, to_string(l.subject),
            l.number, line_status(l.status), l.amount, l.fee, l.currency, l.time, l.pay_no,
            l.channel_trade_no, l.channel_refund_no, l.channel_kind);
}

std::int64_t delete_lines(db::Tx& tx, ReconciliationId id, int limit) {
  return tx.exec(delete_some, id, id, limit);
}

std::vector<Line> lines_after(db::Tx& tx, ReconciliationId id, std::int64_t line_no, int limit) {
  std::vector<Line> out;
  tx.query(
      select_lines, [&](db::Columns& c) { out.push_back(read_line(c)); }, id, line_no, limit);
  return out;
}

bool is_repeated(db::Tx& tx, const Reconciliation& of, const Line& l) {
  return tx
      .value<int>(select_repeated, of.account_id, to_string(l.subject), l.number, of.day.date,
                  of.day.date, l.line_no)
      .has_value();
}

bool has_line(db::Tx& tx, const std::string& account_id, Subject subject, const Ours& ours) {
  const auto has = [&](const std::string& number) {
    return tx.value<int>(select_number, account_id, to_string(subject), number).has_value();
  };
  return has(ours.number) || (!ours.channel_no.empty() && has("#" + ours.channel_no));
}

}  // namespace tollgate::reconciliation::store
