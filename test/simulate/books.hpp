// What stands in the server's database, read for the oracles.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "db/database.hpp"

namespace tollgate::simulate {

struct OrderRow {
  std::int64_t id = 0, amount = 0, amount_refunded = 0, closing_until = 0;
  std::string status, user_id, business_id;
  std::optional<std::int64_t> live;
};
struct ItemRow {
  std::int64_t order_id = 0, quantity = 0;
  std::string goods_id;
  bool locked = false;
};
struct PaymentRow {
  std::int64_t pay_no = 0, order_id = 0, amount = 0, calling_until = 0;
  std::string status, account_id;
  std::optional<std::string> trade_no;
  std::optional<std::int64_t> open;
  bool late = false;
};
struct LateRow {
  std::int64_t pay_no = 0, amount = 0;
  std::string why, state;
};
struct RefundRow {
  std::int64_t refund_id = 0, pay_no = 0, order_id = 0, amount = 0;
  std::string status, cause, approval, account_id;
};
struct PostingRow {
  std::int64_t pay_no = 0, amount = 0;
  std::string kind, account_id, debit, credit;
};
struct ReconciliationRow {
  std::int64_t id = 0, completed_at = 0;
  std::string account_id, bill_date, status;
};
struct DifferenceRow {
  std::int64_t id = 0;
  std::string account_id, bill_date, subject, kind, number, pay_no, resolution;
  bool settled = false;
};
struct EventRow {
  std::int64_t id = 0, order_id = 0;
  std::string type, data;
};
struct DeliveryRow {
  std::int64_t event_id = 0, webhook_id = 0, next_attempt = 0;
  std::string status;
};
struct JobRow {
  std::string kind;
  std::int64_t subject = 0, due = 0;
};
struct CallbackRow {
  std::string account_id, event_id, state;
};
struct StockRow {
  std::int64_t available = 0, locked = 0, sold = 0;
};

struct Books {
  std::vector<OrderRow> orders;
  std::vector<ItemRow> items;
  std::vector<PaymentRow> payments;
  std::map<std::int64_t, LateRow> late;  ///< By pay_no.
  std::vector<RefundRow> refunds;
  std::vector<PostingRow> postings;
  std::vector<ReconciliationRow> reconciliations;
  std::vector<DifferenceRow> differences;
  std::vector<EventRow> events;  ///< In order of their ids.
  std::vector<DeliveryRow> deliveries;
  std::vector<JobRow> jobs;
  std::vector<CallbackRow> callbacks;
  std::map<std::string, StockRow> stock;
  std::map<std::int64_t, bool> webhooks;  ///< Enabled, by id.
  std::int64_t running_keys = 0;          ///< Idempotency keys without an answer.

  static Books read(db::Tx& tx);

 private:
  void read_refunds(db::Tx& tx);
  void read_bills(db::Tx& tx);
};

/// When the server has something to do, as far as its rows tell; nothing: never again. The job that
/// comes back every day does not count as work.
std::optional<TimeMs> next_work(db::Tx& tx);
/// When that job is due.
std::optional<TimeMs> next_daily(db::Tx& tx);

/// Places ("table.column") where one of the words stands in a row.
std::vector<std::string> find_words(db::Tx& tx, const std::vector<std::string>& words);

}  // namespace tollgate::simulate
