#include <catch2/catch.hpp>

#include "order/store.hpp"
#include "support/query_plan.hpp"
#include "support/store.hpp"
#include "support/temp_dir.hpp"

using namespace tollgate;
using namespace tollgate::order;

namespace {

struct House {
  test::TempDir dir;
  std::unique_ptr<db::Database> database = open();

  std::unique_ptr<db::Database> open() { return test::open_store(dir); }
  void add(std::int64_t id, const std::vector<std::pair<std::string, std::string>>& goods) {
    Order order;
    order.id = OrderId(id);
    order.user_id = "u-" + std::to_string(id);
    order.business_id = "b";
    order.currency = "CNY";
    order.metadata = "{}";
    for (const auto& [goods_id, type] : goods) {
      Item item;
      item.goods_id = goods_id;
      item.goods_type = type;
      item.quantity = 1;
      order.items.push_back(item);
    }
    database->write_blocking([&](db::Tx& tx) { return store::insert(tx, order), true; });
  }
  std::vector<std::int64_t> list(const store::Filter& filter, std::int64_t before = INT64_MAX,
                                 int limit = 100) {
    std::vector<std::int64_t> ids;
    database->read_blocking([&](db::Tx& tx) {
      for (const OrderId id : store::list(tx, filter, before, limit)) ids.push_back(id.value());
      return true;
    });
    return ids;
  }
};

using Ids = std::vector<std::int64_t>;

store::Filter by(std::optional<std::string> store::Filter::*member, std::string value) {
  store::Filter filter;
  filter.*member = std::move(value);
  return filter;
}

}  // namespace

TEST_CASE("no single filter of orders reads or sorts a whole table", "[unit][order]") {
  House house;
  for (const auto member :
       {&store::Filter::user_id, &store::Filter::business_id, &store::Filter::status,
        &store::Filter::goods_id, &store::Filter::goods_type}) {
    const auto plan = test::plan_of(
        *house.database, [&](db::Tx& tx) { store::list(tx, by(member, "x"), INT64_MAX, 21); });
    CAPTURE(plan);
    const bool few = member == &store::Filter::business_id;  // sorted, but of one business id
    CHECK((few ? plan.find("SCAN") == std::string::npos : test::is_bounded(plan)));
  }
  const auto plan =
      test::plan_of(*house.database, [](db::Tx& tx) { store::list(tx, {}, INT64_MAX, 21); });
  CAPTURE(plan);
  CHECK(test::is_bounded(plan));
}

TEST_CASE("orders are found by what they hold, each once, newest first", "[unit][order]") {
  House house;
  house.add(1, {{"g1", "course"}, {"g2", "course"}, {"g1", "course"}});
  house.add(2, {{"g2", "book"}});
  house.add(3, {{"g1", "course"}, {"g3", "book"}});
  house.add(4, {{"g4", "pen"}});
  CHECK(house.list(by(&store::Filter::goods_type, "course")) == Ids{3, 1});
  CHECK(house.list(by(&store::Filter::goods_type, "book")) == Ids{3, 2});
  CHECK(house.list(by(&store::Filter::goods_type, "nothing")).empty());
  CHECK(house.list(by(&store::Filter::goods_id, "g1")) == Ids{3, 1});
  CHECK(house.list(by(&store::Filter::goods_id, "g1"), 3) == Ids{1});
  CHECK(house.list(by(&store::Filter::goods_type, "course"), INT64_MAX, 1) == Ids{3});

  auto both = by(&store::Filter::goods_id, "g2");
  both.goods_type = "course";
  CHECK(house.list(both) == Ids{1});
  both.status = "paid";
  CHECK(house.list(both).empty());
  both.status = "unpaid";
  CHECK(house.list(both) == Ids{1});
  both.user_id = "u-2";
  CHECK(house.list(both).empty());
}
