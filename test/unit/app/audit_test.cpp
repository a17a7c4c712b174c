#include "app/audit.hpp"

#include <catch2/catch.hpp>
#include <sstream>

#include "app/confirmed.hpp"
#include "app/sealer.hpp"
#include "db/migrate.hpp"
#include "support/temp_dir.hpp"

using namespace tollgate;
using namespace tollgate::app;

namespace {

/// Order 1: paid by attempt 11, of which refund 21 gave 900 back. Order 2: expired; attempt 12 paid
/// it late, held. Order 3: failed, attempt 13 brought another amount, given back by refund 23.
/// Order 4: unpaid, attempt 14 pending.
constexpr const char* rows = R"(
INSERT INTO orders (id, status, user_id, business_id, order_type, currency, amount,
  amount_refunded, description, metadata, closing_until, created_at, expires_at) VALUES
  (1, 'paid', 'u', 'b1', 't', 'CNY', 9900, 900, '', '{}', 0, 1, 2),
  (2, 'expired', 'u', 'b2', 't', 'CNY', 9900, 0, '', '{}', 0, 1, 2),
  (3, 'failed', 'u', 'b3', 't', 'CNY', 9900, 0, '', '{}', 0, 1, 2),
  (4, 'unpaid', 'u', 'b4', 't', 'CNY', 9900, 0, '', '{}', 0, 1, 2);
INSERT INTO payments (pay_no, order_id, status, account_id, channel, method, amount, currency,
  action_type, action_material, action_expires_at, channel_state, return_url, calling_until, late,
  created_at) VALUES
  (11, 1, 'paid', 'wx-main', 'wechat', 'native', 9900, 'CNY', 0, '', 0, '', '', 0, 0, 1),
  (12, 2, 'paid', 'wx-main', 'wechat', 'native', 9900, 'CNY', 0, '', 0, '', '', 0, 1, 1),
  (13, 3, 'failed', 'wx-main', 'wechat', 'native', 9900, 'CNY', 0, '', 0, '', '', 0, 0, 1),
  (14, 4, 'pending', 'wx-main', 'wechat', 'native', 9900, 'CNY', 0, '', 0, '', '', 0, 0, 1);
INSERT INTO late_payments (pay_no, order_id, amount, currency, why, policy, state, created_at)
  VALUES (12, 2, 9900, 'CNY', 'expired', 'hold', 'held', 1),
  (13, 3, 500, 'CNY', 'amount_mismatch', 'refund', 'refunded', 1);
INSERT INTO refunds (refund_id, pay_no, order_id, account_id, channel, method, currency, amount,
  total, status, cause, at_channel, channel_trade_no, created_at) VALUES
  (21, 11, 1, 'wx-main', 'wechat', 'native', 'CNY', 900, 9900, 'succeeded', 'asked', 1, '', 1),
  (22, 11, 1, 'wx-main', 'wechat', 'native', 'CNY', 100, 9900, 'failed', 'asked', 1, '', 1),
  (23, 13, 3, 'wx-main', 'wechat', 'native', 'CNY', 500, 500, 'succeeded', 'amount_mismatch', 1,
   '', 1);
INSERT INTO events (id, type, order_id, data, created_at) VALUES (5, 'order.paid', 1, '{}', 1);
)";

const db::Sql delete_orders{"DELETE FROM orders"};

struct Fixture {
  test::TempDir dir;
  ManualClock clock;
  std::string url = "sqlite:" + dir.file("t.db");
  std::unique_ptr<db::Database> database = open();

  Fixture() {
    database->run_script(rows);
    REQUIRE(take_over(*database, clock) == 5);
    const auto seal = database->read_blocking(
        [&](db::Tx& tx) { return journal::next_seal(tx, outbox_events(), clock.now()); });
    REQUIRE(database->write_blocking([&](db::Tx& tx) { return journal::add(tx, *seal); }));
  }
  std::unique_ptr<db::Database> open() {
    db::Options options;
    options.url = url;
    auto opened = db::Database::open(options, [] {});
    db::migrate(*opened);
    return opened;
  }
  /// As the command does it: beside the database that is open.
  AuditReport look(const std::string& noted = {}) { return audit(*db::Database::view(url), noted); }
  std::string broken_row() {
    const auto report = look();
    return report.broken ? report.broken->row : "none";
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "what is older than the journal is taken over once, and verifies") {
  CHECK(take_over(*database, clock) == 0);
  auto report = look();
  CHECK_FALSE(report.broken);
  auto& ledgers = report.postings.balances.at({"wx-main", "CNY"});
  CHECK(ledgers["orders"] == -9900);
  CHECK(ledgers["refunds"] == 900);
  CHECK(ledgers["held"] == -9900);
  CHECK(ledgers["channel"] == 9900 + 9900 + 500 - 900 - 500);
}

TEST_CASE_METHOD(Fixture, "the report shows the balances in major units, and the head") {
  std::ostringstream out;
  const auto report = look();
  print(report, out);
  CHECK(out.str() ==
        "account  currency  orders   held  refunds  fees  channel\n"
        "wx-main  CNY        99.00  99.00     9.00  0.00   189.00\n\n"
        "5 postings, 1 events in 1 seals: the chain holds\nhead " +
            report.seals.last.hash + "\n");
}

TEST_CASE_METHOD(Fixture, "rows that the journal does not bear out are named") {
  struct Case {
    const char* change;
    const char* row;
  };
  for (const auto& [change, row] : {
           Case{"UPDATE payments SET amount = 1 WHERE pay_no = 11", "payment 11"},
           Case{"UPDATE payments SET currency = 'USD' WHERE pay_no = 11", "payment 11"},
           Case{"UPDATE payments SET account_id = 'mine' WHERE pay_no = 12", "payment 12"},
           Case{"UPDATE payments SET late = 0 WHERE pay_no = 12", "payment 12"},
           Case{"UPDATE payments SET late = 1 WHERE pay_no = 11", "payment 11"},
           Case{"UPDATE payments SET status = 'paid' WHERE pay_no = 14", "payment 14"},
           Case{"DELETE FROM payments WHERE pay_no = 11", "payment 11"},
           Case{"DELETE FROM late_payments WHERE pay_no = 13", "payment 13"},
           Case{"UPDATE refunds SET amount = 1 WHERE refund_id = 21", "refund 21"},
           Case{"UPDATE refunds SET status = 'succeeded' WHERE refund_id = 22", "refund 22"},
           Case{"UPDATE refunds SET status = 'pending' WHERE refund_id = 23", "refund 23"},
           Case{"UPDATE orders SET status = 'paid' WHERE id = 4", "order 4"},
           Case{"UPDATE orders SET status = 'cancelled' WHERE id = 1", "order 1"},
           Case{"UPDATE orders SET amount = 1 WHERE id = 1", "order 1"},
           Case{"UPDATE orders SET amount_refunded = 0 WHERE id = 1", "order 1"},
           Case{"UPDATE events SET data = '[]'", "event 5"},
           Case{"DELETE FROM postings WHERE id = 5", "posting 5"},
       }) {
    Fixture f;
    f.database->run_script(change);
    INFO(change);
    CHECK(f.broken_row() == row);
  }
}

TEST_CASE_METHOD(Fixture, "the audit says what it expected and what it found") {
  database->run_script("UPDATE refunds SET amount = 1 WHERE refund_id = 21");
  std::ostringstream out;
  print(look(), out);
  CHECK(
      out.str().ends_with("BROKEN refund 21\n  expected  9.00 CNY of wx-main in the journal\n"
                          "  found     0.01 CNY of wx-main\n"));
}

TEST_CASE_METHOD(Fixture, "a head that was noted must be there") {
  const std::string head = look().seals.last.hash;
  CHECK_FALSE(look(head).broken);
  CHECK(look(std::string(64, 'a')).broken->row == "the end of the chain");
}

TEST_CASE_METHOD(Fixture,
                 "a journal that was emptied and made anew is not the one that was sealed") {
  database->run_script("DELETE FROM postings");
  clock.advance_ms(1);
  CHECK(take_over(*database, clock) == 5);
  CHECK(broken_row() == "posting 5");
}

TEST_CASE_METHOD(Fixture, "kept balances are held against the journal as it was at their mark") {
  const auto keep = [&](std::int64_t upto) {
    database->write_blocking([&](db::Tx& tx) {
      journal::Standing standing;
      journal::read_on(tx, standing, static_cast<int>(upto));
      return journal::keep(tx, standing);
    });
  };
  for (std::int64_t upto = 1; upto <= 5; ++upto) {
    keep(upto);
    CHECK(broken_row() == "none");
  }
  keep(4);
  struct Case {
    const char* change;
    const char* row;
  };
  for (const auto& [change, row] : {
           Case{"UPDATE balances SET amount = amount + 1 WHERE ledger = 'held'",
                "the kept balance of held of wx-main"},
           Case{"DELETE FROM balances WHERE ledger = 'orders'",
                "the kept balance of orders of wx-main"},
           Case{"INSERT INTO balances VALUES ('mine', 'CNY', 'channel', 5)",
                "the kept balance of channel of mine"},
           Case{"UPDATE balances_mark SET posting_hash = 'x'", "the kept balances"},
           Case{"UPDATE balances_mark SET posting_id = 6", "the kept balances"},
           Case{"DELETE FROM balances_mark", "none"},
       }) {
    INFO(change);
    keep(4);
    database->run_script(change);
    CHECK(broken_row() == row);
  }
  keep(4);
  database->run_script("UPDATE balances SET amount = -1 WHERE ledger = 'orders'");
  const auto broken = look().broken;
  CHECK(broken->expected == "-99.00 CNY in the journal up to posting 4");
  CHECK(broken->found == "-0.01 CNY");
  database->run_script("UPDATE refunds SET amount = 1 WHERE refund_id = 21");
  CHECK(broken_row() == "refund 21");  // of the two what matters more
}

TEST_CASE_METHOD(Fixture, "attempts beyond one portion are looked at too") {
  std::string sql;
  for (int i = 0; i < 1'500; ++i) {
    const std::string id = std::to_string(1'000 + i);
    sql += "INSERT INTO payments SELECT " + id + ", " + id +
           ", open, 'paid', account_id, channel, method, amount, currency, NULL, NULL, 0, '', 0, "
           "'', '', 0, 1, 1, NULL FROM payments WHERE pay_no = 12;";
  }
  database->run_script(sql);
  CHECK(broken_row() == "payment 1000");
  database->write_blocking([&](db::Tx& tx) {
    for (int i = 0; i < 1'499; ++i)
      journal::post(tx,
                    {journal::Kind::payment_unmatched, PayNo(1'000 + i), 0, "wx-main", "CNY", 9900},
                    clock.now());
    return true;
  });
  CHECK(broken_row() == "payment 2499");
}

TEST_CASE_METHOD(Fixture, "a view writes nothing and needs a file that is there") {
  const auto view = db::Database::view(url);
  CHECK_THROWS_AS(view->write_blocking([](db::Tx&) { return true; }), db::DatabaseError);
  CHECK_THROWS_AS(view->read_blocking([&](db::Tx& tx) { return tx.exec(delete_orders); }),
                  db::DatabaseError);
  CHECK_THROWS_AS(view->run_script("DELETE FROM orders"), db::DatabaseError);
  CHECK_THROWS_AS(db::Database::view("sqlite:" + dir.file("none.db")), db::DatabaseError);
  CHECK_FALSE(std::filesystem::exists(dir.file("none.db")));
}
