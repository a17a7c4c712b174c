#include "simulate/chaos.hpp"

namespace tollgate::simulate {
namespace {

namespace asio = boost::asio;

/// Each fault up to `most` thousandths; about half of them not at all.
Weather some_weather(World& world, int most) {
  const auto some = [&] {
    return world.chance(500) ? static_cast<int>(world.between(0, most)) : 0;
  };
  Weather w;
  for (int* one : {&w.refused, &w.lost, &w.lost_answer, &w.late, &w.doubled, &w.error_before,
                   &w.error_after, &w.garbage, &w.cut, &w.slow})
    *one = some();
  return w;
}

}  // namespace

void Chaos::set_weather() {
  const int most = world_.chance(250) ? 200 : 60;
  network_.host(ChannelSide::host).weather = some_weather(world_, most);
  receivers_.set_weather(some_weather(world_, most));
  Weather notices = some_weather(world_, 150);
  notices.lost = static_cast<int>(world_.between(0, 400));
  channel_.set_notice_weather(notices, static_cast<int>(world_.between(0, 300)));
  shop_.set_weather(some_weather(world_, 60));
}

void Chaos::heal() {
  kill_at_step_.reset();
  network_.calm();
  receivers_.calm();
  channel_.set_notice_weather({}, 0);
  shop_.set_weather({});
  shop_.close_doors();
  process_.clock().set_offset_ms(0);
}

void Chaos::strike() {
  if (!kill_at_step_ || world_.scheduler.steps() < *kill_at_step_) return;
  kill_at_step_.reset();
  ++kills_;
  process_.kill();
}

asio::awaitable<void> Chaos::kill_and_restart() {
  kill_at_step_ = world_.scheduler.steps() + static_cast<std::uint64_t>(world_.between(0, 4'000));
  while (kill_at_step_) co_await world_.sleep(50);
  co_await world_.sleep(world_.chance(500) ? world_.between(0, 2'000) : world_.between(0, 120'000));
  process_.start();
}

asio::awaitable<void> Chaos::stop_and_restart() {
  co_await process_.stop();
  co_await world_.sleep(world_.between(0, 60'000));
  process_.start();
}

asio::awaitable<void> Chaos::cut_the_channel() {
  world_.note({"channel down"});
  network_.host(ChannelSide::host).down = true;
  co_await world_.sleep(world_.between(1'000, 900'000));
  network_.host(ChannelSide::host).down = false;
  world_.note({"channel up"});
}

asio::awaitable<void> Chaos::turn_the_clock() {
  constexpr std::int64_t hour_ms = 3'600'000;
  const std::int64_t offset_ms =
      world_.chance(500) ? world_.between(-hour_ms, hour_ms) : world_.between(-20'000, 20'000);
  world_.note({"clock", std::to_string(offset_ms)});
  process_.clock().set_offset_ms(offset_ms);
  co_await world_.sleep(world_.between(1'000, 600'000));
  if (world_.chance(300)) co_await kill_and_restart();  // under the wrong time
  process_.clock().set_offset_ms(0);
  world_.note({"clock", "0"});
}

asio::awaitable<void> Chaos::rage(std::int64_t until_ms) {
  while (world_.scheduler.now_ms() < until_ms) {
    co_await world_.sleep(world_.between(1'000, 240'000));
    const auto dice = world_.between(0, 99);
    if (dice < 40)
      co_await kill_and_restart();
    else if (dice < 55)
      co_await stop_and_restart();
    else if (dice < 70)
      process_.stall(world_.between(10, 20'000));
    else if (dice < 85)
      co_await cut_the_channel();
    else
      co_await turn_the_clock();
  }
}

}  // namespace tollgate::simulate
