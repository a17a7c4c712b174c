#include <catch2/catch.hpp>

#include "channel/account.hpp"

using namespace tollgate;
using channel::Breaker;
using State = channel::Breaker::State;

namespace {

void fail(Breaker& breaker, int times) {
  for (int i = 0; i < times; ++i) breaker.failure();
}

}  // namespace

TEST_CASE("P10: a breaker opens after five failures in a row, not before") {
  ManualClock clock;
  Breaker breaker(clock);
  fail(breaker, 4);
  CHECK(breaker.state() == State::closed);
  breaker.success();
  fail(breaker, 4);
  CHECK(breaker.allow());
  breaker.failure();
  CHECK(breaker.state() == State::open);
  CHECK_FALSE(breaker.allow());
}

TEST_CASE("an open breaker lets exactly one call through after 10 s, and its success closes it") {
  ManualClock clock;
  Breaker breaker(clock);
  fail(breaker, 5);
  clock.advance_ms(9'999);
  CHECK_FALSE(breaker.allow());
  clock.advance_ms(1);
  CHECK(breaker.allow());
  CHECK(breaker.state() == State::half_open);
  CHECK_FALSE(breaker.allow());
  breaker.success();
  CHECK(breaker.state() == State::closed);
  CHECK(breaker.allow());
}

TEST_CASE("each failed probe doubles the gap up to 5 min") {
  ManualClock clock;
  Breaker breaker(clock);
  fail(breaker, 5);
  for (const std::int64_t gap_s : {10, 20, 40, 80, 160, 300, 300}) {
    clock.advance_ms(gap_s * 1000 - 1);
    CHECK_FALSE(breaker.allow());
    clock.advance_ms(1);
    REQUIRE(breaker.allow());
    breaker.failure();
  }
}

TEST_CASE("failures of calls from before it opened do not lengthen the gap") {
  ManualClock clock;
  Breaker breaker(clock);
  fail(breaker, 9);
  clock.advance_ms(10'000);
  CHECK(breaker.allow());
}

TEST_CASE("a probe that never reports gives way to another") {
  ManualClock clock;
  Breaker breaker(clock);
  fail(breaker, 5);
  clock.advance_ms(10'000);
  REQUIRE(breaker.allow());
  clock.advance_ms(129'999);
  CHECK_FALSE(breaker.allow());
  clock.advance_ms(1);
  CHECK(breaker.allow());
}

TEST_CASE("the wall clock's jumps do not move the breaker") {
  ManualClock clock;
  Breaker breaker(clock);
  fail(breaker, 5);
  clock.set(clock.now().plus_s(3600));
  CHECK_FALSE(breaker.allow());
}
