// Kills, stops, stalls, outages and wrong clocks, as the seed wants them.
#pragma once

#include <cstdint>
#include <optional>

#include "simulate/caller.hpp"
#include "simulate/channel_side.hpp"
#include "simulate/receivers.hpp"

namespace tollgate::simulate {

class Chaos {
 public:
  Chaos(World& world, Network& network, Process& process, ChannelSide& channel,
        Receivers& receivers, Caller& caller)
      : world_(world),
        network_(network),
        process_(process),
        channel_(channel),
        receivers_(receivers),
        caller_(caller) {}

  /// How bad this seed's weather is.
  void set_weather();
  /// One mishap after the other, until told.
  boost::asio::awaitable<void> rage(std::int64_t until_ms);
  /// The channel refuses, delays and lies in what it is asked for, until told.
  boost::asio::awaitable<void> trouble_the_channel(std::int64_t until_ms);
  /// All faults end.
  void heal();
  /// Within so many steps; until the server is up again.
  boost::asio::awaitable<void> kill_and_restart(std::int64_t within_steps);

  /// Asked before each step of the scheduler: a kill strikes between any two.
  void strike();
  int kills() const { return kills_; }

 private:
  boost::asio::awaitable<void> stop_and_restart();
  boost::asio::awaitable<void> cut_the_channel();
  boost::asio::awaitable<void> turn_the_clock();

  World& world_;
  Network& network_;
  Process& process_;
  ChannelSide& channel_;
  Receivers& receivers_;
  Caller& caller_;
  std::optional<std::uint64_t> kill_at_step_;
  int kills_ = 0;
};

}  // namespace tollgate::simulate
