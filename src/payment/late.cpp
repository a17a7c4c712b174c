#include "payment/late.hpp"

#include "base/json_writer.hpp"
#include "base/time.hpp"

namespace tollgate::payment {

std::string_view to_string(LatePolicy policy) {
  switch (policy) {
    case LatePolicy::refund:
      return "refund";
    case LatePolicy::accept:
      return "accept";
    case LatePolicy::hold:
      return "hold";
  }
  return "hold";
}

std::string to_json(const LateMoney& m) {
  json::Writer out;
  out.begin_object().field("pay_no", m.pay_no).field("order_id", m.order_id);
  out.field("amount", m.amount).field("currency", m.currency).field("why", m.why);
  out.field("policy", m.policy).field("state", m.state);
  out.field("created_at", to_rfc3339(m.created_at)).end_object();
  return out.take();
}

std::string_view cause_of(const LateMoney& money) {
  if (money.why == "amount_mismatch") return "amount_mismatch";
  return money.why == "paid" || money.why == "refunded" ? "paid_twice" : "paid_late";
}

namespace store {
namespace {

#define LATE_COLUMNS                                                            \
  "SELECT pay_no, order_id, amount, currency, why, policy, state, created_at, " \
  "channel_trade_no FROM late_payments "

const db::Sql insert_late{
    "INSERT INTO late_payments (pay_no, order_id, amount, currency, why, policy, state, "
    "created_at, channel_trade_no) VALUES (:pay_no, :order_id, :amount, :currency, :why, :policy, "
    ":state, :created_at, :channel_trade_no)"};
const db::Sql select_late{LATE_COLUMNS "WHERE pay_no = :pay_no"};
const db::Sql list_all{LATE_COLUMNS
                       "WHERE pay_no < :before AND (:state IS NULL OR state = :state2) "
                       "ORDER BY pay_no DESC LIMIT :limit"};
#undef LATE_COLUMNS
const db::Sql update_amount{
    "UPDATE late_payments SET amount = :amount, currency = :currency, why = :why, "
    "channel_trade_no = :channel_trade_no, state = CASE state WHEN 'refunded' THEN 'held' ELSE "
    "state END WHERE pay_no = :pay_no"};
const db::Sql count_state{"SELECT COUNT(*) FROM late_payments WHERE state = :state"};
const db::Sql update_state{"UPDATE late_payments SET state = :state WHERE pay_no = :pay_no"};

LateMoney read_late(db::Columns& c) {
  LateMoney m;
  c >> m.pay_no >> m.order_id >> m.amount >> m.currency >> m.why >> m.policy >> m.state >>
      m.created_at >> m.channel_trade_no;
  return m;
}

}  // namespace

bool record_late(db::Tx& tx, const LateMoney& m) {
  if (find_late(tx, m.pay_no)) return false;
  tx.exec(insert_late, m.pay_no, m.order_id, m.amount, m.currency, m.why, m.policy, m.state,
          m.created_at, m.channel_trade_no);
  return true;
}

std::optional<LateMoney> find_late(db::Tx& tx, PayNo pay_no) {
  return tx.find(select_late, read_late, pay_no);
}

void set_late_state(db::Tx& tx, PayNo pay_no, std::string_view state) {
  tx.exec(update_state, std::string(state), pay_no);
}

void correct_late(db::Tx& tx, const LateMoney& m) {
  tx.exec(update_amount, m.amount, m.currency, m.why, m.channel_trade_no, m.pay_no);
}

std::int64_t count_late(db::Tx& tx, std::string_view state) {
  return tx.value<std::int64_t>(count_state, state).value_or(0);
}

std::vector<LateMoney> list_late(db::Tx& tx, const std::optional<std::string>& state,
                                 std::int64_t before, int limit) {
  std::vector<LateMoney> list;
  tx.query(
      list_all, [&](db::Columns& c) { list.push_back(read_late(c)); }, before, state, state, limit);
  return list;
}

}  // namespace store
}  // namespace tollgate::payment
