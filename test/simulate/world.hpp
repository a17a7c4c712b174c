// What all that lives outside of the server shares: simulated time, the seed's dice, one lane.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "simulate/scheduler.hpp"
#include "simulate/trace.hpp"

namespace tollgate::simulate {

/// 2026-01-01T00:00:00Z. Each seed begins at another time of that day.
inline constexpr std::int64_t first_day_ms = 1'767'225'600'000;
inline constexpr std::int64_t minute_ms = 60'000;
inline constexpr std::int64_t hour_ms = 60 * minute_ms;
inline constexpr std::int64_t day_ms = 24 * hour_ms;

/// The scheduler's time; its wall clock may be set wrong.
class SimulatedClock final : public Clock {
 public:
  SimulatedClock(const Scheduler& scheduler, std::int64_t begins_ms)
      : scheduler_(scheduler), begins_ms_(begins_ms) {}
  TimeMs now() const override { return {begins_ms_ + scheduler_.now_ms() + offset_ms_}; }
  std::int64_t steady_ms() const override { return scheduler_.now_ms(); }
  void set_offset_ms(std::int64_t ms) { offset_ms_ = ms; }
  bool is_right() const { return offset_ms_ == 0; }

 private:
  const Scheduler& scheduler_;
  const std::int64_t begins_ms_;
  std::int64_t offset_ms_ = 0;
};

class World {
 public:
  World(std::uint64_t seed, std::function<void(const std::string&)> show);
  ~World();

  /// Owns the coroutine; one that throws is a failure of the run.
  void spawn(const char* name, boost::asio::awaitable<void> task);
  boost::asio::awaitable<void> sleep(std::int64_t ms);
  std::size_t running() const { return running_; }

  /// Uniform in [from, to].
  std::int64_t between(std::int64_t from, std::int64_t to);
  bool chance(int permille) { return between(0, 999) < permille; }

  void note(std::initializer_list<std::string_view> words) {
    trace.note(scheduler.now_ms(), words);
  }
  /// The scheduler's time of a moment.
  std::int64_t at(TimeMs moment) const { return moment.ms - begins_ms; }
  /// Something that must never be.
  void fail(std::string what);

  Trace trace;
  Scheduler scheduler;
  SeededRandom random;           ///< Of everything but the server's own.
  const std::int64_t begins_ms;  ///< When the scheduler's time is 0.
  SimulatedClock true_clock{scheduler, begins_ms};
  std::vector<std::string> failures;
  Lane lane{scheduler};

 private:
  std::size_t running_ = 0;
};

}  // namespace tollgate::simulate
