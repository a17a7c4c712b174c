#include "notify/claims.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "base/metrics.hpp"
#include "db/migrate.hpp"
#include "db/stepped_database.hpp"
#include "outbox/outbox.hpp"

using namespace tollgate;
using namespace tollgate::notify;

namespace asio = boost::asio;

namespace {

/// A database whose every step is the test's, so that what goes on during a claim can be said.
struct Fixture {
  asio::io_context io;
  db::MemoryDisk disk;
  db::SteppedDatabase database{disk, 100, [] {}};
  ManualClock clock;
  Snowflake ids{clock, 1};
  outbox::Outbox outbox{ids, clock};
  CurrentPolicy policy{Policy()};
  const WebhookId webhook{5};

  template <class F>
  auto write(F work) {
    return database.write_blocking(std::move(work));
  }

  Fixture() {
    db::migrate(database);
    write([&](db::Tx& tx) {
      Webhook row;
      row.id = webhook;
      row.url = "http://receiver/";
      row.events = {"*"};
      webhooks::insert(tx, row);
      outbox.subscribe(tx, webhook, row.events);
      return true;
    });
  }
  ~Fixture() { io.poll(); }

  void append(int count = 1) {
    write([&](db::Tx& tx) {
      for (int i = 0; i < count; ++i)
        outbox.append(tx, outbox::Event("order.paid", OrderId(7), "{}"));
      return true;
    });
  }
  void step() {
    database.read_one();
    database.commit(100);
    database.tell();
    io.restart();
    io.poll();
  }
  template <class T>
  T run(asio::awaitable<T> task) {
    std::optional<T> slot;
    begin(std::move(task), slot);
    while (!slot) step();
    return std::move(*slot);
  }
  template <class T>
  void begin(asio::awaitable<T> task, std::optional<T>& slot) {
    asio::co_spawn(io, std::move(task), [&slot](std::exception_ptr error, T value) {
      if (error) std::rethrow_exception(error);
      slot = std::move(value);
    });
    io.restart();
    io.poll();
  }
  void begin_claims(Claims& claims) {
    const auto begun = [](Claims& its) -> asio::awaitable<bool> {
      co_await its.begin();
      co_return true;
    };
    REQUIRE(run(begun(claims)));
  }
  std::vector<outbox::ClaimedDelivery> take(Claims& claims, std::size_t limit = 100) {
    return run(claims.take(webhook, limit)).due.rows;
  }
  bool record(const outbox::ClaimedDelivery& delivery,
              outbox::DeliveryStatus status = outbox::DeliveryStatus::delivered) {
    outbox::AttemptResult result;
    result.id = delivery.id;
    result.token = delivery.token;
    result.attempts = delivery.attempts + 1;
    result.status = status;
    result.next_attempt = clock.now();
    return write([&](db::Tx& tx) { return outbox::deliveries::record(tx, result); });
  }
  bool replay(DeliveryId id) {
    return write([&](db::Tx& tx) { return outbox::deliveries::replay(tx, id, clock.now()); });
  }
  void set_enabled(bool enabled) {
    write([&](db::Tx& tx) {
      auto row = webhooks::find(tx, webhook);
      row->enabled = enabled;
      return webhooks::update(tx, *row);
    });
  }
  std::unique_ptr<Claims> leased() { return leased_claims(database, clock, policy); }
};

}  // namespace

TEST_CASE("P4: held in memory, a delivery is taken once, in portions, and nothing is written") {
  Fixture f;
  f.append(5);
  HeldClaims claims(f.database, f.clock);
  const auto first = f.run(claims.take(f.webhook, 3));
  REQUIRE(first.webhook->url == "http://receiver/");
  REQUIRE(first.due.rows.size() == 3);
  REQUIRE(first.due.more);
  const auto second = f.run(claims.take(f.webhook, 3));
  REQUIRE(second.due.rows.size() == 2);
  REQUIRE(!second.due.more);
  REQUIRE(f.take(claims).empty());
  REQUIRE(f.take(*f.leased()).size() == 5);
}

TEST_CASE("P4: what is settled while a claim reads is not taken from the read's older sight") {
  Fixture f;
  f.append();
  HeldClaims claims(f.database, f.clock);
  const auto held = f.take(claims);
  std::optional<Claim> later;
  f.begin(claims.take(f.webhook, 8), later);
  f.database.read_one();  // it sees the delivery pending, and has not come home
  REQUIRE(f.record(held[0]));
  claims.settled(f.webhook, held[0].id);
  while (!later) f.step();
  REQUIRE(later->due.rows.empty());
}

TEST_CASE("P4: a replay fences the try under way, and is taken when that has ended") {
  Fixture f;
  f.append();
  HeldClaims claims(f.database, f.clock);
  const auto held = f.take(claims);
  REQUIRE(f.replay(held[0].id));
  REQUIRE(f.take(claims).empty());
  REQUIRE(!f.record(held[0]));
  claims.settled(f.webhook, held[0].id);
  const auto again = f.take(claims);
  REQUIRE(again.size() == 1);
  REQUIRE(again[0].token > held[0].token);
  REQUIRE(f.record(again[0]));
  REQUIRE(!f.record(held[0]));
}

TEST_CASE(
    "held in memory, what fails is taken again for its next try, what is given back at once") {
  Fixture f;
  f.append();
  HeldClaims claims(f.database, f.clock);
  const auto held = f.take(claims);
  REQUIRE(claims.give_back(f.webhook, held[0].id));
  REQUIRE(f.take(claims).size() == 1);
  REQUIRE(f.record(held[0], outbox::DeliveryStatus::pending));
  claims.settled(f.webhook, held[0].id);
  const auto again = f.take(claims);
  REQUIRE(again.size() == 1);
  REQUIRE(again[0].attempts == 1);
}

TEST_CASE("P10: a delivery whose result was lost is taken again after a pause") {
  Fixture f;
  f.append();
  HeldClaims claims(f.database, f.clock);
  const auto held = f.take(claims);
  claims.lost(f.webhook, held[0].id);
  f.clock.advance_ms(HeldClaims::lost_pause_ms - 1);
  REQUIRE(f.take(claims).empty());
  f.clock.advance_ms(1);
  REQUIRE(f.take(claims).size() == 1);
  f.clock.advance_ms(HeldClaims::lost_pause_ms);
  REQUIRE(f.take(claims).empty());
}

TEST_CASE("P11: the only instance takes over what leases hold, and voids those claims") {
  Fixture f;
  f.append();
  const auto leased = f.leased();
  const auto old = f.take(*leased);
  REQUIRE(old.size() == 1);
  HeldClaims claims(f.database, f.clock);
  f.begin_claims(claims);
  const auto held = f.take(claims);
  REQUIRE(held.size() == 1);
  REQUIRE(!f.record(old[0]));
  REQUIRE(f.record(held[0]));
}

TEST_CASE("a lease keeps other instances away until it ends or is given back by a write") {
  Fixture f;
  f.append();
  const auto one = f.leased();
  const auto other = f.leased();
  f.begin_claims(*one);
  const auto held = f.take(*one);
  REQUIRE(held.size() == 1);
  f.begin_claims(*other);
  REQUIRE(f.take(*other).empty());
  REQUIRE(!one->give_back(f.webhook, held[0].id));
  one->lost(f.webhook, held[0].id);
  REQUIRE(f.take(*other).empty());
  f.clock.advance_ms(held[0].lease_until.ms - f.clock.now().ms);
  const auto taken = f.take(*other);
  REQUIRE(taken.size() == 1);
  REQUIRE(!f.record(held[0]));
  REQUIRE(f.record(taken[0]));
}

TEST_CASE("nothing is taken for an endpoint that is disabled or deleted") {
  Fixture f;
  f.append();
  HeldClaims held(f.database, f.clock);
  const auto leased = f.leased();
  f.set_enabled(false);
  for (Claims* claims : {static_cast<Claims*>(&held), leased.get()}) {
    const auto claim = f.run(claims->take(f.webhook, 8));
    REQUIRE(claim.webhook);
    REQUIRE(claim.due.rows.empty());
  }
  f.set_enabled(true);
  REQUIRE(f.take(held).size() == 1);
  f.write([&](db::Tx& tx) { return webhooks::remove(tx, f.webhook); });
  REQUIRE(!f.run(held.take(f.webhook, 8)).webhook);
}
