#include "base/snowflake.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <thread>
#include <unordered_set>

using namespace tollgate;

TEST_CASE("an id holds milliseconds since 2024, the worker and the sequence") {
  ManualClock clock({Snowflake::epoch_ms + 1000});
  Snowflake ids(clock, 5);
  CHECK(ids.next() == (1000LL << 22 | 5LL << 12 | 0));
  CHECK(ids.next() == (1000LL << 22 | 5LL << 12 | 1));
  CHECK(Snowflake::time_of(ids.next()).ms == clock.now().ms);
}

TEST_CASE("more than 4096 ids in a millisecond borrow from the next ones, never repeat") {
  ManualClock clock;
  Snowflake ids(clock, 0);
  std::int64_t last = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto id = ids.next();
    REQUIRE(id > last);
    last = id;
  }
  CHECK(ids.last_used().ms - clock.now().ms == 4);
}

TEST_CASE("a clock that jumps back never yields a duplicate and never stops the generator") {
  ManualClock clock;
  Snowflake ids(clock, 0);
  std::int64_t last = 0;
  for (int i = 0; i < 10'000; ++i) {
    if (i % 100 == 50) clock.set({clock.now().ms - 5'000});
    if (i % 7 == 0) clock.advance_ms(1);
    const auto id = ids.next();
    REQUIRE(id > last);
    last = id;
  }
}

TEST_CASE("a later life starts after everything that the earlier one may have used") {
  ManualClock clock;
  Snowflake first(clock, 3);
  std::int64_t last = 0;
  for (int i = 0; i < 9'000; ++i) last = first.next();
  clock.set({clock.now().ms - 60'000});
  Snowflake second(clock, 3, first.last_used());
  CHECK(second.next() > last);
}

TEST_CASE("threads share one generator without a duplicate") {
  SystemClock clock;
  Snowflake ids(clock, 1);
  std::vector<std::vector<std::int64_t>> made(4);
  std::vector<std::thread> threads;
  for (auto& mine : made)
    threads.emplace_back([&] {
      for (int i = 0; i < 5'000; ++i) mine.push_back(ids.next());
    });
  for (auto& t : threads) t.join();
  std::unordered_set<std::int64_t> all;
  for (const auto& mine : made) all.insert(mine.begin(), mine.end());
  CHECK(all.size() == 20'000);
}

TEST_CASE("ids are read from decimal text only in the form they are written") {
  CHECK(OrderId::parse("123")->value() == 123);
  CHECK(OrderId::parse("9223372036854775807")->value() == INT64_MAX);
  for (const char* bad : {"", "0", "01", "-1", "+1", "1a", " 1", "9223372036854775808", "1.0"})
    CHECK_FALSE(OrderId::parse(bad));
}
