// A refund book over a fresh database, with one payment of 99.00 yuan and the order that it paid.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "refund/book.hpp"
#include "refund/store.hpp"
#include "support/store.hpp"
#include "support/temp_dir.hpp"
#include "unit/channel/toy_plugin.hpp"

namespace tollgate::test {

inline constexpr PayNo the_payment{1};
inline constexpr OrderId the_order{7};

inline const db::Sql select_events{"SELECT type FROM events ORDER BY id"};
inline const db::Sql select_jobs{"SELECT kind FROM jobs"};
inline const db::Sql select_postings{
    "SELECT kind || ' ' || amount || ' ' || currency || ' of ' || number FROM postings "
    "ORDER BY id"};
inline const db::Sql select_refunds{"SELECT CAST(refund_id AS TEXT) FROM refunds"};

class OnePayment final : public refund::PaymentsOfRefund {
 public:
  refund::Received received{the_payment, the_order, "toy-a", "toy", "qr",
                            "CNY",       "4200",    9900,    true};
  std::vector<std::string> moves;

  std::optional<refund::Received> find(db::Tx&, PayNo pay_no) override {
    if (pay_no != the_payment) return std::nullopt;
    return received;
  }
  std::optional<PayNo> paid_of(db::Tx&, OrderId id) override {
    if (id != the_order || !received.of_order) return std::nullopt;
    return the_payment;
  }
  void late_money_moves(db::Tx&, PayNo, std::string_view state) override {
    moves.emplace_back(state);
  }
};

class OneOrder final : public refund::OrdersOfRefund {
 public:
  std::int64_t amount_refunded = 0;
  bool exists(db::Tx&, OrderId id) override { return id == the_order; }
  void refunded(db::Tx&, OrderId, std::int64_t amount) override { amount_refunded += amount; }
};

struct RefundHouse {
  TempDir dir;
  ManualClock clock;
  SeededRandom random{3};
  Metrics metrics;
  Snowflake ids{clock, 0};
  std::unique_ptr<db::Database> database = open();
  outbox::Outbox outbox{ids, clock};
  outbox::Jobs jobs{*database, ids, clock, metrics};
  channel::AccountBook accounts;
  OnePayment payments;
  OneOrder orders;
  refund::Book book{{outbox, jobs, ids, clock, metrics, accounts, payments, orders},
                    {{"CNY", 9000}, {"JPY", 0}}};

  RefundHouse() {
    accounts.replace(
        {channel::Account::build({"toy-a", "toy", "https://gate.example", R"({"key":"k"})"},
                                 toy_plugin(), random, clock)
             .value()});
  }
  std::unique_ptr<db::Database> open() { return test::open_store(dir); }
  Result<refund::Refund> begin(std::optional<std::int64_t> amount,
                               std::optional<PayNo> pay_no = the_payment,
                               const std::string& by = "shop") {
    refund::Wish wish;
    wish.by = by;
    wish.pay_no = pay_no;
    if (!pay_no) wish.order_id = the_order;
    wish.amount = amount;
    return database->write_blocking([&](db::Tx& tx) { return book.begin(tx, wish); });
  }
  Result<refund::Refund> approve(RefundId id, const std::string& by) {
    return database->write_blocking([&](db::Tx& tx) { return book.approve(tx, id, by); });
  }
  Result<refund::Refund> reject(RefundId id, const std::string& by) {
    return database->write_blocking([&](db::Tx& tx) { return book.reject(tx, id, by); });
  }
  refund::Refund now(RefundId id) {
    return *database->read_blocking([&](db::Tx& tx) { return refund::store::find(tx, id); });
  }
  std::vector<std::string> texts(const db::Sql& sql) {
    return database->read_blocking([&](db::Tx& tx) {
      std::vector<std::string> found;
      tx.query(sql, [&](db::Columns& c) { found.push_back(c.next<std::string>()); });
      return found;
    });
  }
  std::vector<std::string> events() { return texts(select_events); }
  std::vector<std::string> postings() { return texts(select_postings); }
  std::vector<std::string> due_jobs() { return texts(select_jobs); }
};

}  // namespace tollgate::test
