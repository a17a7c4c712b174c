#include "simulate/books.hpp"

#include <memory>

namespace tollgate::simulate {
namespace {

const db::Sql select_orders{
    "SELECT id, amount, amount_refunded, closing_until, status, user_id, business_id, live FROM "
    "orders "
    "ORDER BY id"};
const db::Sql select_items{
    "SELECT order_id, quantity, goods_id, stock_locked FROM order_items ORDER BY order_id, "
    "position"};
const db::Sql select_payments{
    "SELECT pay_no, order_id, amount, calling_until, status, account_id, channel_trade_no, open, "
    "late FROM payments ORDER BY pay_no"};
const db::Sql select_late{"SELECT pay_no, amount, why, state FROM late_payments"};
const db::Sql select_refunds{
    "SELECT refund_id, pay_no, order_id, amount, status, cause, approval, account_id FROM refunds "
    "ORDER BY refund_id"};
const db::Sql select_postings{
    "SELECT pay_no, amount, kind, account_id, debit, credit FROM postings ORDER BY id"};
const db::Sql select_reconciliations{
    "SELECT id, COALESCE(completed_at, 0), account_id, bill_date, status FROM reconciliations "
    "ORDER BY id"};
const db::Sql select_differences{
    "SELECT d.id, d.account_id, r.bill_date, d.subject, d.kind, d.number, COALESCE(d.pay_no, ''), "
    "d.resolution, d.resolved_at IS NOT NULL FROM differences d JOIN reconciliations r ON r.id = "
    "d.reconciliation_id ORDER BY d.id"};
const db::Sql select_events{"SELECT id, order_id, type, data FROM events ORDER BY id"};
const db::Sql select_deliveries{
    "SELECT event_id, webhook_id, next_attempt_at, status FROM deliveries ORDER BY event_id"};
const db::Sql select_jobs{"SELECT kind, subject, due_at FROM jobs"};
const db::Sql select_callbacks{"SELECT account_id, event_id, state FROM callbacks"};
const db::Sql select_stock{"SELECT goods_id, available, locked, sold FROM stock"};
const db::Sql select_webhooks{"SELECT id, enabled FROM webhooks"};
const db::Sql select_running_keys{"SELECT COUNT(*) FROM idempotency_keys WHERE status = 0"};

const db::Sql next_work_at{
    "SELECT MIN(at) FROM (SELECT due_at AS at FROM jobs WHERE kind <> 'reconcile_daily' "
    "UNION ALL SELECT d.next_attempt_at FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id "
    "WHERE d.status = 'pending' AND w.enabled = 1 "
    "UNION ALL SELECT 0 FROM callbacks WHERE state = 'received')"};

const db::Sql next_daily_at{"SELECT due_at FROM jobs WHERE kind = 'reconcile_daily'"};

const db::Sql text_columns{
    "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c "
    "WHERE m.type = 'table' AND c.type = 'TEXT' ORDER BY m.name, c.cid"};

/// Statements are cached under their address: made once for each text.
const db::Sql& kept(const std::string& text) {
  static std::map<std::string, std::unique_ptr<const db::Sql>> all;
  auto& sql = all[text];
  if (!sql) sql = std::make_unique<const db::Sql>(text);
  return *sql;
}

}  // namespace

Books Books::read(db::Tx& tx) {
  Books b;
  tx.query(select_orders, [&](db::Columns& c) {
    auto& r = b.orders.emplace_back();
    c >> r.id >> r.amount >> r.amount_refunded >> r.closing_until >> r.status >> r.user_id >>
        r.business_id >> r.live;
  });
  tx.query(select_items, [&](db::Columns& c) {
    auto& r = b.items.emplace_back();
    c >> r.order_id >> r.quantity >> r.goods_id >> r.locked;
  });
  tx.query(select_payments, [&](db::Columns& c) {
    auto& r = b.payments.emplace_back();
    c >> r.pay_no >> r.order_id >> r.amount >> r.calling_until >> r.status >> r.account_id >>
        r.trade_no >> r.open >> r.late;
  });
  tx.query(select_late, [&](db::Columns& c) {
    LateRow r;
    c >> r.pay_no >> r.amount >> r.why >> r.state;
    b.late[r.pay_no] = r;
  });
  b.read_refunds(tx);
  b.read_bills(tx);
  tx.query(select_events, [&](db::Columns& c) {
    auto& r = b.events.emplace_back();
    c >> r.id >> r.order_id >> r.type >> r.data;
  });
  tx.query(select_deliveries, [&](db::Columns& c) {
    auto& r = b.deliveries.emplace_back();
    c >> r.event_id >> r.webhook_id >> r.next_attempt >> r.status;
  });
  tx.query(select_jobs, [&](db::Columns& c) {
    auto& r = b.jobs.emplace_back();
    c >> r.kind >> r.subject >> r.due;
  });
  tx.query(select_callbacks, [&](db::Columns& c) {
    auto& r = b.callbacks.emplace_back();
    c >> r.account_id >> r.event_id >> r.state;
  });
  tx.query(select_stock, [&](db::Columns& c) {
    const auto goods = c.next<std::string>();
    auto& r = b.stock[goods];
    c >> r.available >> r.locked >> r.sold;
  });
  tx.query(select_webhooks, [&](db::Columns& c) {
    const auto id = c.next<std::int64_t>();
    b.webhooks[id] = c.next<bool>();
  });
  b.running_keys = tx.value<std::int64_t>(select_running_keys).value_or(0);
  return b;
}

void Books::read_refunds(db::Tx& tx) {
  tx.query(select_refunds, [&](db::Columns& c) {
    auto& r = refunds.emplace_back();
    c >> r.refund_id >> r.pay_no >> r.order_id >> r.amount >> r.status >> r.cause >> r.approval >>
        r.account_id;
  });
  tx.query(select_postings, [&](db::Columns& c) {
    auto& r = postings.emplace_back();
    c >> r.pay_no >> r.amount >> r.kind >> r.account_id >> r.debit >> r.credit;
  });
}

void Books::read_bills(db::Tx& tx) {
  tx.query(select_reconciliations, [&](db::Columns& c) {
    auto& r = reconciliations.emplace_back();
    c >> r.id >> r.completed_at >> r.account_id >> r.bill_date >> r.status;
  });
  tx.query(select_differences, [&](db::Columns& c) {
    auto& r = differences.emplace_back();
    c >> r.id >> r.account_id >> r.bill_date >> r.subject >> r.kind >> r.number >> r.pay_no >>
        r.resolution >> r.settled;
  });
}

std::optional<TimeMs> next_daily(db::Tx& tx) {
  return tx.value<TimeMs>(next_daily_at);
}

std::optional<TimeMs> next_work(db::Tx& tx) {
  return tx.value<std::optional<TimeMs>>(next_work_at).value_or(std::nullopt);
}

std::vector<std::string> find_words(db::Tx& tx, const std::vector<std::string>& words) {
  std::vector<std::pair<std::string, std::string>> columns;
  tx.query(text_columns, [&](db::Columns& c) {
    const auto table = c.next<std::string>();
    columns.emplace_back(table, c.next<std::string>());
  });
  std::vector<std::string> places;
  for (const auto& [table, column] : columns) {
    const auto& sql =
        kept("SELECT COUNT(*) FROM " + table + " WHERE instr(" + column + ", :word) > 0");
    for (const auto& word : words)
      if (tx.value<std::int64_t>(sql, word).value_or(0) > 0) places.push_back(table + "." + column);
  }
  return places;
}

}  // namespace tollgate::simulate
