#include "simulate/scheduler.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <memory>

#include "outbox/tasks.hpp"
#include "simulate/world.hpp"

using namespace tollgate;
using namespace tollgate::simulate;

namespace asio = boost::asio;

TEST_CASE("time stands still while a lane can run, and then jumps to the next sleeper") {
  Scheduler scheduler(1);
  Lane lane(scheduler);
  std::vector<std::int64_t> seen;
  scheduler.call_at(7'200'000, [&] { seen.push_back(scheduler.now_ms()); });
  scheduler.call_at(50, [&] { seen.push_back(scheduler.now_ms()); });
  asio::post(lane, [&] { seen.push_back(scheduler.now_ms()); });
  while (scheduler.step()) {
  }
  CHECK(seen == std::vector<std::int64_t>{0, 50, 7'200'000});
}

TEST_CASE("what is posted to one lane runs in order, and lanes take turns as the seed wants") {
  const auto order = [](std::uint64_t seed) {
    Scheduler scheduler(seed);
    Lane a(scheduler);
    Lane b(scheduler);
    std::string seen;
    for (const char c : {'1', '2', '3', '4'}) {
      asio::post(a, [&seen, c] { seen += c; });
      asio::post(b, [&seen, c] { seen += static_cast<char>(c + ('a' - '1')); });
    }
    while (scheduler.step()) {
    }
    return seen;
  };
  const auto only = [](std::string text, bool digits) {
    std::erase_if(text, [&](char c) { return (c <= '9') != digits; });
    return text;
  };
  CHECK(order(1) == order(1));
  bool differs = false;
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    CHECK(only(order(seed), true) == "1234");
    CHECK(only(order(seed), false) == "abcd");
    differs = differs || order(seed) != order(1);
  }
  CHECK(differs);
}

TEST_CASE("an alarm on a lane sleeps in simulated time and can be rung") {
  World world(1, {});
  const auto alarm = std::make_shared<outbox::Alarm>(world.lane.get_executor());
  std::vector<std::int64_t> woke;
  auto sleeper = [&]() -> asio::awaitable<void> {
    co_await alarm->wait(3'600'000);
    woke.push_back(world.scheduler.now_ms());
    co_await alarm->wait(3'600'000);
    woke.push_back(world.scheduler.now_ms());
  };
  world.spawn("sleeper", sleeper());
  world.scheduler.call_at(5'000'000, [&] { alarm->ring(); });
  while (world.scheduler.step()) {
  }
  CHECK(woke == std::vector<std::int64_t>{3'600'000, 5'000'000});
}

TEST_CASE("a killed lane destroys what was posted and what sleeps there, unrun") {
  Scheduler scheduler(1);
  Lane lane(scheduler);
  const auto held = std::make_shared<int>(7);
  bool ran = false;
  auto sleeper = [&](std::shared_ptr<int>) -> asio::awaitable<void> {
    const auto timer = outbox::make_timer(lane.get_executor());
    co_await timer->wait(1'000);
    ran = true;
  };
  asio::co_spawn(lane, sleeper(held), [](std::exception_ptr) {});
  while (!scheduler.next_due(&lane)) scheduler.step();
  asio::post(lane, [&ran, held] { ran = true; });
  CHECK(held.use_count() == 3);
  lane.kill();
  CHECK(held.use_count() == 1);
  while (scheduler.step()) {
  }
  CHECK_FALSE(ran);
}

TEST_CASE("a stalled lane runs nothing until its time") {
  Scheduler scheduler(1);
  Lane lane(scheduler);
  std::int64_t ran_at_ms = -1;
  lane.stall_until(400);
  scheduler.call_at(400, [] {});
  asio::post(lane, [&] { ran_at_ms = scheduler.now_ms(); });
  while (scheduler.step()) {
  }
  CHECK(ran_at_ms == 400);
}
