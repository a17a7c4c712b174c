#include "refund/store.hpp"

#include "db/optional_text.hpp"

namespace tollgate::refund::store {
namespace {

#define REFUND_COLUMNS                                                                  \
  "SELECT refund_id, pay_no, order_id, account_id, channel, method, currency, amount, " \
  "total, status, cause, reason, at_channel, channel_trade_no, channel_refund_no, "     \
  "failure_code, approval, requested_by, decided_by, created_at, succeeded_at FROM refunds "

const db::Sql insert_refund{
    "INSERT INTO refunds (refund_id, pay_no, order_id, account_id, channel, method, currency, "
    "amount, total, status, cause, reason, at_channel, channel_trade_no, approval, requested_by, "
    "created_at) VALUES "
    "(:refund_id, :pay_no, :order_id, :account_id, :channel, :method, :currency, :amount, :total, "
    "'pending', :cause, :reason, 0, :channel_trade_no, :approval, :requested_by, :created_at)"};
const db::Sql select_refund{REFUND_COLUMNS "WHERE refund_id = :refund_id"};
const db::Sql select_at_channel{REFUND_COLUMNS
                                "WHERE account_id = :account_id AND channel_refund_no = :number"};
// Two statements: an index is searched by (time, number) only where the time is given.
const db::Sql select_succeeded_at{REFUND_COLUMNS
                                  "WHERE account_id = :account_id AND succeeded_at = :time AND "
                                  "refund_id > :after ORDER BY refund_id LIMIT :limit"};
const db::Sql select_succeeded_after{
    REFUND_COLUMNS
    "WHERE account_id = :account_id AND succeeded_at > :time AND succeeded_at < :until "
    "ORDER BY succeeded_at, refund_id LIMIT :limit"};
const std::string list_tail =
    " AND (:pay_no IS NULL OR pay_no = :pay_no2) AND (:order IS NULL OR order_id = :order2)"
    " AND (:status IS NULL OR status = :status2) ORDER BY refund_id DESC LIMIT :limit";
const db::Sql list_all{REFUND_COLUMNS "WHERE refund_id < :before" + list_tail};
const db::Sql list_by_payment{REFUND_COLUMNS "WHERE pay_no = :key AND refund_id < :before" +
                              list_tail};
const db::Sql list_by_order{REFUND_COLUMNS "WHERE order_id = :key AND refund_id < :before" +
                            list_tail};
const db::Sql list_by_status{REFUND_COLUMNS "WHERE status = :key AND refund_id < :before" +
                             list_tail};
#undef REFUND_COLUMNS

const db::Sql count_slow{
    "SELECT COUNT(*) FROM refunds WHERE status = 'pending' AND created_at < :time"};
const db::Sql sum_amounts{
    "SELECT status, SUM(amount) FROM refunds WHERE pay_no = :pay_no GROUP BY status"};
const db::Sql update_at_channel{
    "UPDATE refunds SET at_channel = :at_channel "
    "WHERE refund_id = :refund_id AND status = 'pending'"};
const db::Sql update_succeeded{
    "UPDATE refunds SET status = 'succeeded', channel_refund_no = :channel_refund_no, "
    "failure_code = NULL, succeeded_at = :at "
    "WHERE refund_id = :refund_id AND status = :from_status"};
const db::Sql update_approved{
    "UPDATE refunds SET approval = 'approved', decided_by = :decided_by "
    "WHERE refund_id = :refund_id AND status = 'pending' AND approval = 'required'"};
const db::Sql update_rejected{
    "UPDATE refunds SET status = 'failed', failure_code = :failure_code, approval = 'rejected', "
    "decided_by = :decided_by "
    "WHERE refund_id = :refund_id AND status = 'pending' AND approval = 'required'"};
const db::Sql update_failed{
    "UPDATE refunds SET status = 'failed', failure_code = :failure_code "
    "WHERE refund_id = :refund_id AND status = 'pending'"};

Refund read_refund(db::Columns& c) {
  Refund r;
  std::string status, approval;
  c >> r.refund_id >> r.pay_no >> r.order_id >> r.account_id >> r.channel >> r.method >>
      r.currency >> r.amount >> r.total >> status >> r.cause >> r.reason >> r.at_channel >>
      r.channel_trade_no >> r.channel_refund_no >> r.failure_code >> approval >> r.requested_by >>
      r.decided_by >> r.created_at >> r.succeeded_at;
  r.status = parse_status(status).value_or(Status::failed);
  r.approval = parse_approval(approval).value_or(Approval::required);
  return r;
}

}  // namespace

void insert(db::Tx& tx, const Refund& r) {
  tx.exec(insert_refund, r.refund_id, r.pay_no, r.order_id, r.account_id, r.channel, r.method,
          r.currency, r.amount, r.total, r.cause, r.reason, r.channel_trade_no,
          to_string(r.approval), r.requested_by, r.created_at);
}

std::optional<Refund> find(db::Tx& tx, RefundId id) {
  return tx.find(select_refund, read_refund, id);
}

std::vector<Refund> list(db::Tx& tx, const Filter& f, std::int64_t before, int limit) {
  std::vector<Refund> list;
  const auto each = [&](db::Columns& c) { list.push_back(read_refund(c)); };
  const auto run = [&](const db::Sql& sql, const auto&... key) {
    tx.query(sql, each, key..., before, f.pay_no, f.pay_no, f.order_id, f.order_id, f.status,
             f.status, limit);
  };
  if (f.pay_no)
    run(list_by_payment, *f.pay_no);
  else if (f.order_id)
    run(list_by_order, *f.order_id);
  else if (f.status)
    run(list_by_status, *f.status);
  else
    run(list_all);
  return list;
}

std::optional<Refund> find_at_channel(db::Tx& tx, const std::string& account_id,
                                      const std::string& channel_refund_no) {
  return tx.find(select_at_channel, read_refund, account_id, channel_refund_no);
}

std::vector<Refund> succeeded_between(db::Tx& tx, const std::string& account_id, TimeMs from,
                                      TimeMs until, RefundId after, int limit) {
  std::vector<Refund> list;
  const auto each = [&](db::Columns& c) { list.push_back(read_refund(c)); };
  tx.query(select_succeeded_at, each, account_id, from, after, limit);
  const auto left = limit - static_cast<int>(list.size());
  if (left > 0) tx.query(select_succeeded_after, each, account_id, from, until, left);
  return list;
}

std::int64_t count_pending_before(db::Tx& tx, TimeMs time) {
  return tx.value<std::int64_t>(count_slow, time).value_or(0);
}

Sums sums(db::Tx& tx, PayNo pay_no) {
  Sums sums;
  tx.query(
      sum_amounts,
      [&](db::Columns& c) {
        const auto status = parse_status(c.next<std::string>());
        const auto amount = c.next<std::int64_t>();
        if (status == Status::pending) sums.pending = amount;
        if (status == Status::succeeded) sums.succeeded = amount;
      },
      pay_no);
  return sums;
}

void set_at_channel(db::Tx& tx, RefundId id, bool at_channel) {
  tx.exec(update_at_channel, at_channel ? 1 : 0, id);
}

bool mark_succeeded(db::Tx& tx, RefundId id, Status from, const std::string& channel_refund_no,
                    TimeMs at) {
  TOLLGATE_RULE(may_change(from, Status::succeeded));
  return tx.exec(update_succeeded, db::null_if_empty(channel_refund_no), at, id, to_string(from)) ==
         1;
}

bool decide(db::Tx& tx, RefundId id, Approval decision, const std::string& decided_by) {
  if (decision == Approval::approved) return tx.exec(update_approved, decided_by, id) == 1;
  TOLLGATE_RULE(decision == Approval::rejected);
  return tx.exec(update_rejected, rejected_failure, decided_by, id) == 1;
}

bool mark_failed(db::Tx& tx, RefundId id, const std::string& failure_code) {
  return tx.exec(update_failed, db::null_if_empty(failure_code), id) == 1;
}

}  // namespace tollgate::refund::store
