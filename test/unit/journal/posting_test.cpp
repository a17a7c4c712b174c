#include "journal/posting.hpp"

#include <catch2/catch.hpp>

#include "base/crypto.hpp"
#include "fixture.hpp"

using namespace tollgate;
using namespace tollgate::journal;
using House = test::JournalHouse;

namespace {

/// What verify says of the first broken row.
std::string broken_row(House& house) {
  const auto walk = house.walk_postings(2);
  return walk.broken ? walk.broken->row : "none";
}

void three_payments(House& house) {
  for (int i = 1; i <= 3; ++i) REQUIRE(house.pay(i, 100 * i));
}

}  // namespace

TEST_CASE("every kind of movement takes from one ledger what it gives to another") {
  for (const auto& row : rows) {
    House house;
    CHECK(row.debit != row.credit);
    CHECK(find_row(row.word) == &row_of(row.kind));
    REQUIRE(house.post({row.kind, PayNo(1), 0, "wx-main", "CNY", 250}));
    auto walk = house.walk_postings();
    CHECK_FALSE(walk.broken);
    auto& ledgers = walk.balances.at({"wx-main", "CNY"});
    CHECK(ledgers[std::string(row.debit)] == 250);
    CHECK(ledgers[std::string(row.credit)] == -250);
  }
}

TEST_CASE("a movement is posted once, whatever it is posted with again") {
  House house;
  CHECK(house.pay(1, 100));
  CHECK_FALSE(house.pay(1, 100));
  CHECK_FALSE(house.pay(1, 999));
  CHECK(house.post({Kind::fee, PayNo(1), 0, "wx-main", "CNY", 1}));
  CHECK(house.post({Kind::fee, PayNo(1), 1, "wx-main", "CNY", 1}));
  CHECK_FALSE(house.post({Kind::fee, PayNo(1), 1, "wx-main", "CNY", 1}));
  CHECK(house.walk_postings().count == 3);
  CHECK_FALSE(house.walk_postings().broken);
}

TEST_CASE("a row that does not balance is refused by the table") {
  House house;
  three_payments(house);
  CHECK_THROWS_AS(house.tamper("UPDATE postings SET amount = 0 WHERE id = 1"), db::DatabaseError);
  CHECK_THROWS_AS(house.tamper("UPDATE postings SET credit = debit WHERE id = 1"),
                  db::DatabaseError);
}

TEST_CASE("balances are kept apart by account and currency") {
  House house;
  REQUIRE(house.pay(1, 9900));
  REQUIRE(house.post({Kind::payment, PayNo(2), 0, "wx-main", "USD", 500}));
  REQUIRE(house.post({Kind::payment_unmatched, PayNo(3), 0, "ali", "CNY", 70}));
  REQUIRE(house.post({Kind::refund, PayNo(1), 31, "wx-main", "CNY", 900}));
  auto balances = house.walk_postings(1).balances;
  REQUIRE(balances.size() == 3);
  CHECK(balances[{"wx-main", "CNY"}]["channel"] == 9000);
  CHECK(balances[{"wx-main", "CNY"}]["orders"] == -9900);
  CHECK(balances[{"wx-main", "CNY"}]["refunds"] == 900);
  CHECK(balances[{"wx-main", "USD"}]["channel"] == 500);
  CHECK(balances[{"ali", "CNY"}]["held"] == -70);
}

TEST_CASE("what is held of an attempt is what came less what left") {
  House house;
  const auto held = [&] {
    return house.database->read_blocking(
        [](db::Tx& tx) { return journal::held(tx, PayNo(1), "CNY"); });
  };
  CHECK(held() == 0);
  REQUIRE(house.post({Kind::payment_unmatched, PayNo(1), 0, "wx-main", "CNY", 100}));
  REQUIRE(house.post({Kind::payment_unmatched, PayNo(2), 0, "wx-main", "CNY", 5}));
  CHECK(held() == 100);
  REQUIRE(house.post({Kind::refund_unmatched, PayNo(1), 31, "wx-main", "CNY", 30}));
  CHECK(held() == 70);
  REQUIRE(house.post({Kind::released, PayNo(1), 0, "wx-main", "CNY", 70}));
  CHECK(held() == 0);
}

TEST_CASE("the hash is SHA-256 over the fields as netstrings, and names the row before") {
  House house;
  REQUIRE(house.pay(7, 9900));
  REQUIRE(house.pay(8, 1));
  const auto list =
      house.database->read_blocking([](db::Tx& tx) { return journal::after(tx, 0, 10); });
  REQUIRE(list.size() == 2);
  const std::string zeros(64, '0');
  CHECK(list[0].hash ==
        hex_lower(sha256("7:posting,1:1,1:7,7:payment,1:0,7:wx-main,3:CNY,4:9900,7:channel,"
                         "6:orders,4:1000,64:" +
                         zeros + ",")));
  CHECK(list[1].prev_hash == list[0].hash);
}

TEST_CASE("a unit that is undone leaves no gap") {
  House house;
  REQUIRE(house.pay(1));
  const auto fail = [](db::Tx& tx) -> Result<int> {
    post(tx, {Kind::payment, PayNo(2), 0, "wx-main", "CNY", 1}, TimeMs{1});
    return Error(Errc::internal_error);
  };
  CHECK_FALSE(house.database->write_blocking(fail).has_value());
  REQUIRE(house.pay(3));
  CHECK(house.walk_postings().count == 2);
  CHECK(broken_row(house) == "none");
}

TEST_CASE("verify names the posting that was changed, in any column") {
  const std::vector<std::string> changes{
      "amount = amount + 1", "pay_no = 99",
      "kind = 'fee'",        "number = 5",
      "account_id = 'mine'", "currency = 'USD'",
      "debit = 'fees'",      "credit = 'held'",
      "posted_at = 1",       "hash = '" + std::string(64, 'a') + "'"};
  for (const auto& change : changes) {
    House house;
    three_payments(house);
    CHECK(broken_row(house) == "none");
    house.tamper("UPDATE postings SET " + change + " WHERE id = 2");
    INFO(change);
    CHECK(broken_row(house) == "posting 2");
  }
}

TEST_CASE("verify names the posting that is gone") {
  for (const int gone : {1, 2}) {
    House house;
    three_payments(house);
    house.tamper("DELETE FROM postings WHERE id = " + std::to_string(gone));
    CHECK(broken_row(house) == "posting " + std::to_string(gone));
  }
}

TEST_CASE("verify names the first of two postings that were swapped") {
  House house;
  three_payments(house);
  house.tamper(
      "UPDATE postings SET id = 9 WHERE id = 2; UPDATE postings SET id = 2 WHERE id = 3;"
      "UPDATE postings SET id = 3 WHERE id = 9;");
  CHECK(broken_row(house) == "posting 2");
  const auto walk = house.walk_postings();
  CHECK(walk.broken->expected != walk.broken->found);
}

TEST_CASE("a posting that was hashed anew is named by the one that follows it") {
  House house;
  three_payments(house);
  auto forged =
      house.database->read_blocking([](db::Tx& tx) { return journal::after(tx, 1, 1).front(); });
  forged.amount = 1;
  house.tamper("UPDATE postings SET amount = 1, hash = '" + hash_of(forged) + "' WHERE id = 2");
  CHECK(broken_row(house) == "posting 2");
}

TEST_CASE("a kind or ledgers that no movement has are refused though the hash is right") {
  for (const std::string column : {"kind", "credit"}) {
    House house;
    three_payments(house);
    auto forged =
        house.database->read_blocking([](db::Tx& tx) { return journal::after(tx, 2, 1).front(); });
    (column == "kind" ? forged.kind : forged.credit) = "gift";
    house.tamper("UPDATE postings SET " + column + " = 'gift', hash = '" + hash_of(forged) +
                 "' WHERE id = 3");
    CHECK(broken_row(house) == "posting 3");
  }
}
