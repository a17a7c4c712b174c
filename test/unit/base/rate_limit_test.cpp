#include "base/rate_limit.hpp"

#include <catch2/catch.hpp>
#include <thread>

using namespace tollgate;

TEST_CASE("a burst may happen at once, then one more each period", "[rate]") {
  ManualClock clock;
  RateLimit limit(clock, {{3, 1'000}});
  for (int i = 0; i < 3; ++i) CHECK(limit.take("a") == 0);
  CHECK(limit.take("a") == 1'000);
  clock.advance_ms(400);
  CHECK(limit.take("a") == 600);
  clock.advance_ms(600);
  CHECK(limit.take("a") == 0);
  CHECK(limit.take("a") == 1'000);
}

TEST_CASE("what is refused is not counted: asking on does not prolong the wait", "[rate]") {
  ManualClock clock;
  RateLimit limit(clock, {{1, 1'000}});
  CHECK(limit.take("a") == 0);
  for (int i = 0; i < 100; ++i) CHECK(limit.take("a") == 1'000);
  clock.advance_ms(1'000);
  CHECK(limit.take("a") == 0);
}

TEST_CASE("keys do not spend each other's rates", "[rate]") {
  ManualClock clock;
  RateLimit limit(clock, {{1, 1'000}});
  CHECK(limit.take("a") == 0);
  CHECK(limit.take("b") == 0);
  CHECK(limit.take("a") > 0);
}

TEST_CASE("of several rates each one holds", "[rate]") {
  ManualClock clock;
  RateLimit limit(clock, {{1, 1'000}, {3, 60'000}});
  for (int i = 0; i < 3; ++i) {
    CHECK(limit.take("a") == 0);
    CHECK(limit.take("a") == (i < 2 ? 1'000 : 58'000));
    clock.advance_ms(1'000);
  }
  clock.advance_ms(56'999);
  CHECK(limit.take("a") == 1);
  clock.advance_ms(1);
  CHECK(limit.take("a") == 0);
}

TEST_CASE("an idle key saves up no more than its burst", "[rate]") {
  ManualClock clock;
  RateLimit limit(clock, {{2, 1'000}});
  CHECK(limit.take("a") == 0);
  clock.advance_ms(3'600'000);
  CHECK(limit.take("a") == 0);
  CHECK(limit.take("a") == 0);
  CHECK(limit.take("a") > 0);
}

TEST_CASE("keys that are full again are forgotten, and no more are kept than told", "[rate]") {
  ManualClock clock;
  RateLimit limit(clock, {{1, 1'000}}, 10);
  for (int i = 0; i < 1'000; ++i) CHECK(limit.take(std::to_string(i)) == 0);
  CHECK(limit.size() == 10);
  CHECK(limit.take("999") > 0);
  CHECK(limit.take("0") == 0);
  clock.advance_ms(1'000);
  CHECK(limit.take("new") == 0);
  CHECK(limit.size() == 1);
}

TEST_CASE("a key in use is not the one that is forgotten", "[rate]") {
  ManualClock clock;
  RateLimit limit(clock, {{100, 1'000}}, 3);
  for (int i = 0; i < 50; ++i) {
    CHECK(limit.take("busy") == 0);
    CHECK(limit.take(std::to_string(i)) == 0);
  }
  for (int i = 0; i < 50; ++i) CHECK(limit.take("busy") == 0);
  CHECK(limit.take("busy") > 0);
}

TEST_CASE("threads that take at once get no more than the burst", "[rate]") {
  ManualClock clock;
  RateLimit limit(clock, {{500, 1'000}});
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int n = 0; n < 4; ++n)
    threads.emplace_back([&] {
      for (int i = 0; i < 1'000; ++i) taken += limit.take("a") == 0 ? 1 : 0;
    });
  for (auto& thread : threads) thread.join();
  CHECK(taken == 500);
}

TEST_CASE("the error tells whole seconds to wait, rounded up", "[rate]") {
  CHECK(too_often(1).retry_after_s == 1);
  CHECK(too_often(1'000).retry_after_s == 1);
  CHECK(too_often(1'001).retry_after_s == 2);
  CHECK(too_often(1).code == Errc::rate_limited);
}
