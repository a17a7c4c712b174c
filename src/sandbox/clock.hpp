// The simulator's own clock, which a test may set wrong.
#pragma once

#include <atomic>

#include "base/clock.hpp"

namespace tollgate::sandbox {

/// Another clock, moved by an offset. Thread-safe.
class ShiftedClock final : public Clock {
 public:
  explicit ShiftedClock(const Clock& inner) : inner_(inner) {}

  TimeMs now() const override { return inner_.now().plus_ms(offset_ms_.load()); }
  std::int64_t steady_ms() const override { return inner_.steady_ms(); }
  /// Adds to the offset; durations are not touched.
  void shift_ms(std::int64_t delta) { offset_ms_ += delta; }
  std::int64_t offset_ms() const { return offset_ms_.load(); }

 private:
  const Clock& inner_;
  std::atomic<std::int64_t> offset_ms_{0};
};

}  // namespace tollgate::sandbox
