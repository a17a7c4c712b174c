#include "simulate/chaos.hpp"

#include <array>

namespace tollgate::simulate {
namespace {

namespace asio = boost::asio;

constexpr std::int64_t soon_steps = 4'000;

struct Trouble {
  const char* target;
  sandbox::FaultKind kind;
  const char* code = "";
  int status = 500;
};
using enum sandbox::FaultKind;
/// Fees of bills are left alone: what the first bill says of one is posted.
constexpr std::array troubles{
    Trouble{"refund", refuse, "NOT_ENOUGH", 403},
    Trouble{"refund", refuse, "SYSTEM_ERROR", 500},
    Trouble{"refund", pending},
    Trouble{"refund", pending},
    Trouble{"refund", frequency},
    Trouble{"refund", bad_signature},
    Trouble{"query_refund", amount},
    Trouble{"query_refund", no_signature},
    Trouble{"query_refund", frequency},
    Trouble{"bill", missing_line},
    Trouble{"bill", changed_amount},
    Trouble{"bill", changed_status},
    Trouble{"bill", duplicate_line},
    Trouble{"bill", extra_line},
    Trouble{"bill", late_line},
    Trouble{"bill", not_ready},
    Trouble{"bill", truncated},
    Trouble{"bill", wrong_hash},
};

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
  caller_.set_weather(some_weather(world_, 60));
}

asio::awaitable<void> Chaos::trouble_the_channel(std::int64_t until_ms) {
  const std::int64_t longest_gap_ms = world_.between(30'000, 600'000);
  for (;;) {
    co_await world_.sleep(world_.between(1'000, longest_gap_ms));
    if (world_.scheduler.now_ms() >= until_ms) co_return;
    const Trouble& trouble = troubles[world_.random.below(troubles.size())];
    sandbox::Fault fault;
    fault.target = trouble.target;
    fault.kind = trouble.kind;
    fault.code = trouble.code;
    fault.status = trouble.status;
    fault.count = world_.between(1, 3);
    world_.note({"trouble", fault.target, sandbox::to_string(fault.kind)});
    if (!channel_.faults().add(fault)) world_.fail("a fault could not be set");
  }
}

void Chaos::heal() {
  kill_at_step_.reset();
  network_.calm();
  receivers_.calm();
  channel_.calm();
  caller_.set_weather({});
  process_.clock().set_offset_ms(0);
}

void Chaos::strike() {
  if (!kill_at_step_ || world_.scheduler.steps() < *kill_at_step_) return;
  kill_at_step_.reset();
  ++kills_;
  process_.kill();
}

asio::awaitable<void> Chaos::kill_and_restart(std::int64_t within_steps) {
  kill_at_step_ =
      world_.scheduler.steps() + static_cast<std::uint64_t>(world_.between(0, within_steps));
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
  const std::int64_t offset_ms =
      world_.chance(500) ? world_.between(-hour_ms, hour_ms) : world_.between(-20'000, 20'000);
  world_.note({"clock", std::to_string(offset_ms)});
  process_.clock().set_offset_ms(offset_ms);
  co_await world_.sleep(world_.between(1'000, 600'000));
  if (world_.chance(300)) co_await kill_and_restart(soon_steps);  // under the wrong time
  process_.clock().set_offset_ms(0);
  world_.note({"clock", "0"});
}

asio::awaitable<void> Chaos::rage(std::int64_t until_ms) {
  while (world_.scheduler.now_ms() < until_ms) {
    co_await world_.sleep(world_.between(1'000, 240'000));
    const auto dice = world_.between(0, 99);
    if (dice < 40)
      co_await kill_and_restart(soon_steps);
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
