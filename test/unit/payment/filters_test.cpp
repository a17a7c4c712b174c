#include <catch2/catch.hpp>

#include "payment/callback_store.hpp"
#include "payment/store.hpp"
#include "support/query_plan.hpp"
#include "support/store.hpp"
#include "support/temp_dir.hpp"

using namespace tollgate;
using namespace tollgate::payment;

namespace {

struct House {
  test::TempDir dir;
  std::unique_ptr<db::Database> database = open();

  std::unique_ptr<db::Database> open() { return test::open_store(dir); }
  void add(std::int64_t id, const std::string& account, const std::string& verdict) {
    store::CallbackRow row;
    row.id = CallbackId(id);
    row.account_id = account;
    row.verdict = verdict;
    row.state = verdict == "refused" ? "refused" : "applied";
    if (verdict == "accepted") row.event_id = "e-" + std::to_string(id);
    row.body = row.fact = std::string(1'000, 'x');
    row.pay_no = PayNo(id % 2);
    database->write_blocking([&](db::Tx& tx) { return store::insert_callback(tx, row), true; });
  }
  std::vector<std::int64_t> list(const std::optional<std::string>& account,
                                 const std::optional<std::string>& verdict,
                                 std::int64_t before = INT64_MAX, int limit = 100) {
    std::vector<std::int64_t> ids;
    database->read_blocking([&](db::Tx& tx) {
      for (const auto& row : store::list_callbacks(tx, account, verdict, before, limit)) {
        CHECK(row.body.empty());
        CHECK(row.fact.empty());
        ids.push_back(row.id.value());
      }
      return true;
    });
    return ids;
  }
};

using Ids = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("no single filter of payments reads or sorts a whole table", "[unit][payment]") {
  House house;
  store::Filter none, order, account, status;
  order.order_id = OrderId(1);
  account.account_id = "a";
  status.status = "failed";
  for (const auto& filter : {none, account, status}) {
    const auto plan =
        test::plan_of(*house.database, [&](db::Tx& tx) { store::list(tx, filter, INT64_MAX, 21); });
    CAPTURE(plan);
    CHECK(test::is_bounded(plan));
  }
  const auto plan =
      test::plan_of(*house.database, [&](db::Tx& tx) { store::list(tx, order, INT64_MAX, 21); });
  CHECK(plan.find("SCAN") == std::string::npos);
}

TEST_CASE("no filter of callbacks reads a whole table", "[unit][payment]") {
  House house;
  const std::optional<std::string> none;
  const auto plan = [&](const std::optional<std::string>& account,
                        const std::optional<std::string>& verdict) {
    return test::plan_of(*house.database, [&](db::Tx& tx) {
      store::list_callbacks(tx, account, verdict, INT64_MAX, 21);
    });
  };
  for (const auto& [account, verdict] :
       {std::pair(none, none), std::pair(none, std::optional<std::string>("accepted")),
        std::pair(std::optional<std::string>("a"), none),
        std::pair(std::optional<std::string>("a"), std::optional<std::string>("accepted")),
        std::pair(std::optional<std::string>("a"), std::optional<std::string>("refused"))}) {
    const std::string read = plan(account, verdict);
    CAPTURE(read);
    CHECK(test::is_bounded(read));
  }
  // All accounts' refused ones are sorted: each account keeps no more than a thousand.
  CHECK(plan(none, "refused").find("callbacks_refused") != std::string::npos);
}

TEST_CASE("of refused callbacks the newest of each account are kept", "[unit][payment]") {
  House house;
  for (int id = 1; id <= 6; ++id) house.add(id, id % 2 ? "a" : "b", "refused");
  house.add(7, "a", "accepted");
  house.database->write_blocking([](db::Tx& tx) { return store::prune_refused(tx, "a", 1), true; });
  CHECK(house.list(std::nullopt, std::nullopt) == Ids{7, 6, 5, 4, 2});
}

TEST_CASE("callbacks are listed newest first by account and verdict, without what is large",
          "[unit][payment]") {
  House house;
  house.add(1, "a", "accepted");
  house.add(2, "a", "refused");
  house.add(3, "b", "accepted");
  house.add(4, "b", "refused");
  house.add(5, "a", "accepted");
  const std::optional<std::string> none;
  CHECK(house.list(none, none) == Ids{5, 4, 3, 2, 1});
  CHECK(house.list("a", none) == Ids{5, 2, 1});
  CHECK(house.list("a", "accepted") == Ids{5, 1});
  CHECK(house.list("a", "refused") == Ids{2});
  CHECK(house.list(none, "refused") == Ids{4, 2});
  CHECK(house.list(none, "accepted", 5) == Ids{3, 1});
  CHECK(house.list("b", none, INT64_MAX, 1) == Ids{4});
  house.database->read_blocking([&](db::Tx& tx) {
    const auto rows = store::callbacks_of(tx, PayNo(1), 5, 10);
    REQUIRE(rows.size() == 2);
    CHECK(rows.front().id == CallbackId(3));
    return true;
  });
}
