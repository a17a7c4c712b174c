#include "journal/balances.hpp"

#include <catch2/catch.hpp>

#include "fixture.hpp"

using namespace tollgate;
using namespace tollgate::journal;

namespace {

struct House : test::JournalHouse {
  /// To the end, in portions; answers how many there were.
  int read_on(Standing& standing, int limit = 100) {
    int portions = 0;
    const auto on = [&](db::Tx& tx) { return journal::read_on(tx, standing, limit); };
    while (database->read_blocking(on)) ++portions;
    return portions;
  }
  bool keep(const Standing& standing) {
    return database->write_blocking([&](db::Tx& tx) { return journal::keep(tx, standing); });
  }
  Standing load() {
    return database->read_blocking([](db::Tx& tx) { return journal::load(tx); });
  }
  void post_some(std::int64_t first) {
    REQUIRE(pay(first, 9900));
    REQUIRE(post({Kind::payment, PayNo(first + 1), 0, "wx-main", "USD", 500}));
    REQUIRE(post({Kind::payment_unmatched, PayNo(first + 2), 0, "ali", "CNY", 70}));
    REQUIRE(post({Kind::refund, PayNo(first), 31, "wx-main", "CNY", 900}));
    REQUIRE(post({Kind::refund_unmatched, PayNo(first + 2), 32, "ali", "CNY", 70}));
  }
};

}  // namespace

TEST_CASE("balances that are added up in portions are those that verify counts") {
  for (const int limit : {1, 2, 3, 100}) {
    House house;
    Standing standing;
    CHECK(house.read_on(standing, limit) == 0);
    house.post_some(1);
    CHECK(house.read_on(standing, limit) == (5 + limit - 1) / limit);
    CHECK(standing.upto == 5);
    CHECK(standing.balances == house.walk_postings().balances);
    house.post_some(10);
    house.read_on(standing, limit);
    CHECK(standing.upto == 10);
    CHECK(standing.balances == house.walk_postings().balances);
  }
}

TEST_CASE("kept balances are read on from their mark, and nothing before it is read") {
  House house;
  house.post_some(1);
  Standing standing;
  house.read_on(standing);
  REQUIRE(house.keep(standing));
  house.post_some(10);
  const auto all = house.walk_postings().balances;
  house.tamper("DELETE FROM postings WHERE id < 5");
  house.database.reset();
  house.database = house.open();
  auto again = house.load();
  CHECK(again.upto == 5);
  CHECK(again.balances == standing.balances);
  house.read_on(again);
  CHECK(again.upto == 10);
  CHECK(again.balances == all);
}

TEST_CASE("what is kept replaces what was kept before") {
  House house;
  CHECK(house.load().upto == 0);
  for (const int first : {1, 10}) {
    house.post_some(first);
    Standing standing = house.load();
    house.read_on(standing);
    REQUIRE(house.keep(standing));
    CHECK(house.load().upto == standing.upto);
    CHECK(house.load().balances == house.walk_postings().balances);
  }
}

TEST_CASE("balances of a journal that is another by now are not used") {
  for (const std::string change :
       {"UPDATE postings SET hash = 'x' WHERE id = 5", "DELETE FROM postings WHERE id = 5",
        "DELETE FROM balances_mark"}) {
    INFO(change);
    House house;
    house.post_some(1);
    Standing standing;
    house.read_on(standing);
    REQUIRE(house.keep(standing));
    house.tamper(change);
    const auto loaded = house.load();
    CHECK(loaded.upto == 0);
    CHECK(loaded.balances.empty());
  }
}

TEST_CASE("balances and mark are kept together or not at all") {
  House house;
  house.post_some(1);
  Standing standing;
  house.read_on(standing);
  REQUIRE(house.keep(standing));
  const auto before = standing.balances;
  house.post_some(10);
  house.read_on(standing);
  const auto fail = [&](db::Tx& tx) -> Result<int> {
    journal::keep(tx, standing);
    return Error(Errc::internal_error);
  };
  CHECK_FALSE(house.database->write_blocking(fail).has_value());
  CHECK(house.load().upto == 5);
  CHECK(house.load().balances == before);
  standing.upto = 99;  // a posting that is not there
  CHECK_FALSE(house.keep(standing));
  CHECK(house.load().upto == 5);
  CHECK(house.load().balances == before);
}

TEST_CASE("a sum that leaves 64 bits is an error, in one portion as over two") {
  House house;
  REQUIRE(house.pay(1, INT64_MAX));
  REQUIRE(house.pay(2, 1));
  for (const int limit : {1, 2}) {
    Standing standing;
    CHECK_THROWS(house.read_on(standing, limit));
  }
  CHECK(house.database->healthy());
}
