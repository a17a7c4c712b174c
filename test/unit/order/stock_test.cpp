#include "order/stock.hpp"

#include <catch2/catch.hpp>

#include "base/random.hpp"
#include "order/store.hpp"
#include "support/store.hpp"
#include "support/temp_dir.hpp"

using namespace tollgate;
using namespace tollgate::order;

namespace {

struct Fixture {
  test::TempDir dir;
  std::unique_ptr<db::Database> database = open();

  std::unique_ptr<db::Database> open() { return test::open_store(dir); }
  template <class F>
  auto in_unit(F f) {
    return database->write_blocking(f);
  }
  stock::Level level(const std::string& goods) {
    return *in_unit([&](db::Tx& tx) { return stock::find(tx, goods); });
  }
  /// Locks and stores an order; false where the stock does not suffice.
  bool order(Order& order) {
    const auto done = in_unit([&](db::Tx& tx) -> Result<bool> {
      TOLLGATE_TRY([[maybe_unused]] const bool locked, stock::lock(tx, order.items));
      store::insert(tx, order);
      return true;
    });
    return done.has_value();
  }
};

Order order_of(std::int64_t id, std::vector<Item> items) {
  Order order;
  order.id = OrderId(id);
  order.user_id = "u" + std::to_string(id);
  order.business_id = "b";
  order.currency = "CNY";
  order.items = std::move(items);
  return order;
}

Item item(const std::string& goods, std::int64_t quantity) {
  return {goods, "", goods, 100, quantity, false};
}

}  // namespace

TEST_CASE("an order of which one item is short locks nothing at all") {
  Fixture f;
  f.in_unit([](db::Tx& tx) {
    stock::set_available(tx, "a", 5);
    stock::set_available(tx, "b", 1);
    return true;
  });
  auto order = order_of(1, {item("a", 2), item("b", 2), item("unmanaged", 9)});
  CHECK_FALSE(f.order(order));
  CHECK(f.level("a").available == 5);
  CHECK(f.level("a").locked == 0);
}

TEST_CASE("late money buys what is still there, all of the order or nothing (P5)") {
  Fixture f;
  f.in_unit([](db::Tx& tx) {
    stock::set_available(tx, "a", 3);
    stock::set_available(tx, "b", 1);
    return true;
  });
  const auto sell = [&](std::vector<Item> items) {
    const auto order = order_of(1, std::move(items));
    return f.in_unit([&](db::Tx& tx) { return stock::sell(tx, order); });
  };
  CHECK_FALSE(sell({item("a", 2), item("b", 2)}));
  CHECK_FALSE(sell({item("a", 2), item("a", 2)}));
  CHECK(f.level("a").available == 3);
  CHECK(sell({item("a", 2), item("a", 1), item("unmanaged", 9)}));
  CHECK(f.level("a").available == 0);
  CHECK(f.level("a").sold == 3);
  CHECK(f.level("b").available == 1);
}

TEST_CASE("stock is never oversold and never leaks, whatever orders do") {
  Fixture f;
  constexpr std::int64_t total = 20;
  f.in_unit([](db::Tx& tx) {
    stock::set_available(tx, "a", total);
    return true;
  });
  const std::uint64_t seed = 11;
  INFO("seed " << seed);
  SeededRandom random(seed);
  std::vector<OrderId> open;
  for (std::int64_t id = 1; id <= 300; ++id) {
    auto made = order_of(id, {item("a", 1 + static_cast<std::int64_t>(random.below(4)))});
    if (f.order(made)) open.push_back(made.id);
    if (!open.empty() && random.below(2) == 0) {
      const auto at = open.begin() + static_cast<std::ptrdiff_t>(random.below(open.size()));
      const bool sell = random.below(10) == 0;
      f.in_unit([&](db::Tx& tx) {
        const auto order = *store::find(tx, *at);
        if (sell)
          stock::consume(tx, order);
        else
          stock::release(tx, order);
        // A second end of the same order finds nothing locked.
        stock::release(tx, *store::find(tx, *at));
        return true;
      });
      open.erase(at);
    }
    const auto level = f.level("a");
    REQUIRE(level.available >= 0);
    REQUIRE(level.available + level.locked + level.sold == total);
  }
}
