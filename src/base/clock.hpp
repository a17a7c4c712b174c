// Time is injected: only this folder and net ask the operating system.
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>

namespace tollgate {

/// Milliseconds since 1970-01-01T00:00:00Z.
struct TimeMs {
  std::int64_t ms = 0;
  constexpr auto operator<=>(const TimeMs&) const = default;
  constexpr TimeMs plus_ms(std::int64_t delta) const { return {ms + delta}; }
  constexpr TimeMs plus_s(std::int64_t delta) const { return {ms + delta * 1000}; }
};

class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall clock; may jump either way.
  virtual TimeMs now() const = 0;
  /// Monotonic milliseconds from an arbitrary start, for durations.
  virtual std::int64_t steady_ms() const = 0;
};

class SystemClock final : public Clock {
 public:
  TimeMs now() const override;
  std::int64_t steady_ms() const override;
};

/// For tests: stands still until told. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimeMs start = {1'767'225'600'000}) : now_ms_(start.ms) {}
  TimeMs now() const override { return {now_ms_.load()}; }
  std::int64_t steady_ms() const override { return steady_ms_.load(); }
  /// Moves both clocks on.
  void advance_ms(std::int64_t delta) { now_ms_ += delta, steady_ms_ += delta; }
  /// Jumps the wall clock alone, also backward.
  void set(TimeMs now) { now_ms_ = now.ms; }

 private:
  std::atomic<std::int64_t> now_ms_;
  std::atomic<std::int64_t> steady_ms_{0};
};

}  // namespace tollgate
