#include "payment/store.hpp"

#include "db/optional_text.hpp"

namespace tollgate::payment::store {
namespace {

#define PAYMENT_COLUMNS                                                               \
  "SELECT pay_no, order_id, status, account_id, channel, method, amount, currency, "  \
  "channel_trade_no, failure_code, action_type, action_material, action_expires_at, " \
  "channel_state, return_url, calling_until, late, created_at, paid_at FROM payments "

const db::Sql insert_payment{
    "INSERT INTO payments (pay_no, order_id, open, status, account_id, channel, method, amount, "
    "currency, action_type, action_material, action_expires_at, channel_state, return_url, "
    "calling_until, late, created_at) VALUES (:pay_no, :order_id, 1, 'pending', :account_id, "
    ":channel, :method, :amount, :currency, 0, '', 0, '', :return_url, :calling_until, 0, "
    ":created_at)"};
const db::Sql select_payment{PAYMENT_COLUMNS "WHERE pay_no = :pay_no"};
const db::Sql select_open{PAYMENT_COLUMNS "WHERE order_id = :order_id AND open = 1"};
const db::Sql select_of_order{PAYMENT_COLUMNS "WHERE order_id = :order_id ORDER BY pay_no"};
const std::string list_tail =
    " AND (:order IS NULL OR order_id = :order2) AND (:account IS NULL OR account_id = :account2)"
    " AND (:status IS NULL OR status = :status2) ORDER BY pay_no DESC LIMIT :limit";
const db::Sql list_all{PAYMENT_COLUMNS "WHERE pay_no < :before" + list_tail};
const db::Sql list_by_order{PAYMENT_COLUMNS "WHERE order_id = :key AND pay_no < :before" +
                            list_tail};
const db::Sql list_by_account{PAYMENT_COLUMNS "WHERE account_id = :key AND pay_no < :before" +
                              list_tail};
const db::Sql list_by_status{PAYMENT_COLUMNS "WHERE status = :key AND pay_no < :before" +
                             list_tail};
#undef PAYMENT_COLUMNS

const db::Sql take_payment{
    "UPDATE payments SET calling_until = :until "
    "WHERE pay_no = :pay_no AND status = 'pending' AND calling_until <= :now"};
const db::Sql give_payment_back{
    "UPDATE payments SET calling_until = 0 WHERE pay_no = :pay_no AND calling_until = :until"};
const db::Sql free_all_taken{"UPDATE payments SET calling_until = 0 WHERE calling_until > 0"};
const db::Sql update_action{
    "UPDATE payments SET action_type = :type, action_material = :material, "
    "action_expires_at = :expires_at, channel_state = :state, calling_until = 0 "
    "WHERE pay_no = :pay_no AND status = 'pending' AND calling_until = :until"};
const db::Sql update_state{
    "UPDATE payments SET channel_state = :state, calling_until = 0 "
    "WHERE pay_no = :pay_no AND status = 'pending' AND calling_until = :until"};
const db::Sql update_paid{
    "UPDATE payments SET status = 'paid', open = NULL, channel_trade_no = :trade_no, "
    "paid_at = :paid_at, calling_until = 0, failure_code = NULL "
    "WHERE pay_no = :pay_no AND status = :from_status"};
const db::Sql update_over{
    "UPDATE payments SET status = :status, open = NULL, failure_code = :failure_code, "
    "calling_until = 0 WHERE pay_no = :pay_no AND status = 'pending'"};
const db::Sql update_late{"UPDATE payments SET late = :late WHERE pay_no = :pay_no"};
const db::Sql count_pending{
    "SELECT COALESCE(SUM(created_at > :hour_ago), 0), COALESCE(SUM(created_at > :day_ago), 0), "
    "COUNT(*) FROM payments WHERE status = 'pending'"};
// Two statements for each list: an index is searched by (time, number) only where the time is
// given.
#define PAID_COLUMNS \
  "SELECT pay_no, amount, currency, status, channel_trade_no, paid_at FROM payments "
const db::Sql select_paid_at{PAID_COLUMNS
                             "WHERE account_id = :account_id AND paid_at = :time AND pay_no > "
                             ":pay_no ORDER BY pay_no LIMIT :limit"};
const db::Sql select_paid_after{PAID_COLUMNS
                                "WHERE account_id = :account_id AND paid_at > :time AND paid_at < "
                                ":until ORDER BY paid_at, pay_no LIMIT :limit"};
#undef PAID_COLUMNS
#define UNMATCHED_COLUMNS                                                                        \
  "SELECT late_payments.pay_no, late_payments.amount, late_payments.currency, payments.status, " \
  "late_payments.channel_trade_no, late_payments.created_at FROM late_payments "                 \
  "CROSS JOIN payments ON payments.pay_no = late_payments.pay_no "                               \
  "WHERE payments.account_id = :account_id AND payments.paid_at IS NULL AND "
const db::Sql select_unmatched_at{
    UNMATCHED_COLUMNS
    "late_payments.created_at = :time AND late_payments.pay_no > :pay_no "
    "ORDER BY late_payments.pay_no LIMIT :limit"};
const db::Sql select_unmatched_after{
    UNMATCHED_COLUMNS
    "late_payments.created_at > :time AND late_payments.created_at < :until "
    "ORDER BY late_payments.created_at, late_payments.pay_no LIMIT :limit"};
#undef UNMATCHED_COLUMNS
const db::Sql select_paid{
    "SELECT pay_no FROM payments WHERE order_id = :order_id AND status = 'paid' AND late = 0"};

Payment read_payment(db::Columns& c) {
  Payment p;
  std::string status;
  int action_type = 0;
  c >> p.pay_no >> p.order_id >> status >> p.account_id >> p.channel >> p.method >> p.amount >>
      p.currency >> p.channel_trade_no >> p.failure_code >> action_type >> p.action.material >>
      p.action.expires_at >> p.channel_state >> p.return_url >> p.calling_until >> p.late >>
      p.created_at >> p.paid_at;
  p.status = parse_status(status).value_or(Status::failed);
  p.action.type = static_cast<sdk::ActionType>(action_type);
  return p;
}

Movement read_movement(db::Columns& c) {
  Movement m;
  c >> m.pay_no >> m.amount >> m.currency >> m.status >> m.channel_trade_no >> m.time;
  return m;
}

struct Pages {
  const db::Sql& at;
  const db::Sql& after;
};
struct Stretch {
  TimeMs from, until;
  PayNo pay_no;
};

std::vector<Movement> movements(db::Tx& tx, const Pages& pages, const std::string& account_id,
                                const Stretch& stretch, int limit) {
  std::vector<Movement> list;
  const auto each = [&](db::Columns& c) { list.push_back(read_movement(c)); };
  tx.query(pages.at, each, account_id, stretch.from, stretch.pay_no, limit);
  const auto left = limit - static_cast<int>(list.size());
  if (left > 0) tx.query(pages.after, each, account_id, stretch.from, stretch.until, left);
  return list;
}

}  // namespace

void insert(db::Tx& tx, const Payment& p) {
  tx.exec(insert_payment, p.pay_no, p.order_id, p.account_id, p.channel, p.method, p.amount,
          p.currency, p.return_url, p.calling_until, p.created_at);
}

std::optional<Payment> find(db::Tx& tx, PayNo pay_no) {
  return tx.find(select_payment, read_payment, pay_no);
}

OpenByAge count_open(db::Tx& tx, TimeMs now) {
  constexpr std::int64_t hour_s = 3'600;
  const auto read = [](db::Columns& c) {
    const auto hour = c.next<std::int64_t>();
    const auto day = c.next<std::int64_t>();
    return OpenByAge{hour, day - hour, c.next<std::int64_t>() - day};
  };
  return *tx.find(count_pending, read, now.plus_s(-hour_s), now.plus_s(-24 * hour_s));
}

std::vector<Movement> paid_between(db::Tx& tx, const std::string& account_id, TimeMs from,
                                   TimeMs until, PayNo pay_no, int limit) {
  return movements(tx, {select_paid_at, select_paid_after}, account_id, {from, until, pay_no},
                   limit);
}

std::vector<Movement> unmatched_between(db::Tx& tx, const std::string& account_id, TimeMs from,
                                        TimeMs until, PayNo pay_no, int limit) {
  return movements(tx, {select_unmatched_at, select_unmatched_after}, account_id,
                   {from, until, pay_no}, limit);
}

std::optional<PayNo> find_paid(db::Tx& tx, OrderId id) {
  return tx.value<PayNo>(select_paid, id);
}

std::optional<Payment> find_open(db::Tx& tx, OrderId id) {
  return tx.find(select_open, read_payment, id);
}

std::vector<Payment> of_order(db::Tx& tx, OrderId id) {
  std::vector<Payment> list;
  tx.query(
      select_of_order, [&](db::Columns& c) { list.push_back(read_payment(c)); }, id);
  return list;
}

std::vector<Payment> list(db::Tx& tx, const Filter& f, std::int64_t before, int limit) {
  std::vector<Payment> list;
  const auto each = [&](db::Columns& c) { list.push_back(read_payment(c)); };
  const auto run = [&](const db::Sql& sql, const auto&... key) {
    tx.query(sql, each, key..., before, f.order_id, f.order_id, f.account_id, f.account_id,
             f.status, f.status, limit);
  };
  if (f.order_id)
    run(list_by_order, *f.order_id);
  else if (f.account_id)
    run(list_by_account, *f.account_id);
  else if (f.status)
    run(list_by_status, *f.status);
  else
    run(list_all);
  return list;
}

bool take(db::Tx& tx, PayNo pay_no, TimeMs now, TimeMs until) {
  return tx.exec(take_payment, until, pay_no, now) == 1;
}

void free_taken(db::Tx& tx) {
  tx.exec(free_all_taken);
}

void give_back(db::Tx& tx, PayNo pay_no, TimeMs until) {
  tx.exec(give_payment_back, pay_no, until);
}

bool set_action(db::Tx& tx, const Payment& taken, const Action& action,
                const std::string& channel_state) {
  return tx.exec(update_action, static_cast<int>(action.type), action.material, action.expires_at,
                 channel_state, taken.pay_no, taken.calling_until) == 1;
}

bool set_state(db::Tx& tx, const Payment& taken, const std::string& channel_state) {
  return tx.exec(update_state, channel_state, taken.pay_no, taken.calling_until) == 1;
}

bool mark_paid(db::Tx& tx, PayNo pay_no, Status from, const std::string& channel_trade_no,
               TimeMs paid_at) {
  TOLLGATE_RULE(may_change(from, Status::paid));
  return tx.exec(update_paid, db::null_if_empty(channel_trade_no), paid_at, pay_no,
                 to_string(from)) == 1;
}

bool mark_over(db::Tx& tx, PayNo pay_no, Status to, const std::string& failure_code) {
  TOLLGATE_RULE(may_change(Status::pending, to) && to != Status::paid);
  return tx.exec(update_over, to_string(to), db::null_if_empty(failure_code), pay_no) == 1;
}

void mark_late(db::Tx& tx, PayNo pay_no, bool late) {
  tx.exec(update_late, late ? 1 : 0, pay_no);
}

}  // namespace tollgate::payment::store
