// One seed, from an empty disk to the oracles' verdict.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "simulate/oracles.hpp"

namespace tollgate::simulate {

struct Verdict {
  Failures failures;
  std::string trace_hash;
  std::uint64_t trace_lines = 0;
  std::uint64_t steps = 0;       ///< Handlers that were run.
  std::int64_t simulated_s = 0;  ///< How long it took in the simulated world.
  std::size_t lifetimes = 0;     ///< Payments, from their start to their end.
  int kills = 0;
  Evidence evidence;
};

/// `keys`: a folder with the channel's keys (ChannelSide::make_keys). `show` gets every line of the
/// trace. One run at a time: log lines go to it meanwhile.
Verdict run_seed(std::uint64_t seed, const std::filesystem::path& keys,
                 std::function<void(const std::string&)> show = {});

}  // namespace tollgate::simulate
