#include "app/money_health.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>

#include "app/background.hpp"
#include "support/store.hpp"
#include "support/temp_dir.hpp"

using namespace tollgate;
using namespace tollgate::app;

namespace {

const db::Sql select_mark{"SELECT posting_id FROM balances_mark"};

struct House {
  test::TempDir dir;
  ManualClock clock;
  Background background;  // outlives the database's threads, which bring its answers home
  std::unique_ptr<db::Database> database = open();

  std::unique_ptr<db::Database> open() { return test::open_store(dir); }
  /// Payments of one minor unit behind posting `last`, up to `until`.
  void fill(std::int64_t last, std::int64_t until) {
    database->run_script(
        "WITH RECURSIVE n(i) AS (SELECT " + std::to_string(last + 1) +
        " UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(until) +
        ") INSERT INTO postings SELECT i, i, 'payment', 0, 'wx-main', 'CNY', 1, 'channel', "
        "'orders', 1, '', 'hash ' || i FROM n;");
  }
  std::int64_t mark() {
    return database->read_blocking(
        [](db::Tx& tx) { return tx.value<std::int64_t>(select_mark).value_or(0); });
  }
};

/// One life of the server.
struct Life {
  Background& background;
  Metrics metrics;
  MoneyHealth health;
  boost::asio::io_context io;

  explicit Life(House& house)
      : background(house.background), health(*house.database, house.clock, metrics) {}
  void start() { health.start(background.executor()); }
  void stop() { background.run(health.stop()); }

  /// What it says was paid, -1 where it has no account.
  std::int64_t paid() {
    net::Request request;
    api::Context context(request);
    auto asked = boost::asio::co_spawn(io, health.routes().front().handler(context),
                                       boost::asio::use_future);
    io.restart();
    io.run();
    const auto body = asked.get().value().body;
    const std::string key = "\"paid\":";
    const auto at = body.find(key);
    return at == std::string::npos ? -1 : std::stoll(body.substr(at + key.size()));
  }
};

}  // namespace

TEST_CASE("a start reads the journal on from where the balances were kept") {
  House house;
  house.fill(0, 45'000);  // of more than two portions
  {
    Life life(house);
    life.start();
    CHECK(life.paid() == 45'000);
    life.stop();
    CHECK(house.mark() == 45'000);
  }
  house.fill(45'000, 45'010);
  house.database->run_script("UPDATE postings SET amount = 1000 WHERE id < 45000");
  house.database.reset();
  house.database = house.open();
  Life life(house);
  CHECK(life.paid() == 45'010);
}

TEST_CASE("balances are kept when enough postings have come, and at the stop") {
  House house;
  house.fill(0, MoneyHealth::keep_at_end - 1);
  Life life(house);
  CHECK(life.paid() == MoneyHealth::keep_at_end - 1);
  CHECK(house.mark() == 0);
  house.fill(MoneyHealth::keep_at_end - 1, MoneyHealth::keep_at_end);
  CHECK(life.paid() == MoneyHealth::keep_at_end);
  CHECK(house.mark() == MoneyHealth::keep_at_end);
  house.fill(MoneyHealth::keep_at_end, MoneyHealth::keep_at_end + 5);
  CHECK(life.paid() == MoneyHealth::keep_at_end + 5);
  CHECK(house.mark() == MoneyHealth::keep_at_end);
  life.start();
  life.stop();
  CHECK(house.mark() == MoneyHealth::keep_at_end + 5);
}

TEST_CASE("on the way through a long journal the balances are kept, so that a crash loses little") {
  House house;
  // The end cannot be read: a sum leaves 64 bits there.
  constexpr std::int64_t sound = MoneyHealth::keep_underway;
  house.fill(0, sound + 2);
  house.database->run_script("UPDATE postings SET amount = 9223372036854775807 WHERE id > " +
                             std::to_string(sound));
  Life life(house);
  CHECK_THROWS(life.paid());
  CHECK(house.mark() == sound);
  CHECK_THROWS(life.paid());  // each time, not just once
  house.database->run_script("UPDATE postings SET amount = 1 WHERE id > " + std::to_string(sound));
  CHECK(life.paid() == sound + 2);  // nothing was added twice
}

TEST_CASE("balances that cannot be kept do not fail a look") {
  House house;
  house.fill(0, MoneyHealth::keep_at_end);
  Life life(house);
  house.database->run_script(
      "CREATE TRIGGER refuse BEFORE INSERT ON balances BEGIN SELECT RAISE(ABORT, 'no'); END");
  CHECK(life.paid() == MoneyHealth::keep_at_end);
  CHECK(house.mark() == 0);
  house.database->run_script("DROP TRIGGER refuse");
  CHECK(life.paid() == MoneyHealth::keep_at_end);
  CHECK(house.mark() == MoneyHealth::keep_at_end);
}
