// Ids: 41 bits of milliseconds since 2024-01-01T00:00:00Z, 10 bits of worker, 12 bits of sequence.
#pragma once

#include <cstdint>
#include <mutex>

#include "base/clock.hpp"
#include "base/strong_id.hpp"

namespace tollgate {

/// Never gives an id twice and never stops: a clock that jumps back, or more than 4096 ids in one
/// millisecond, makes it go on from the last time it used (it runs ahead of the clock for a while).
/// Thread-safe. The worker number must be leased (db/worker_lease), so that no two instances share
/// it.
class Snowflake {
 public:
  static constexpr std::int64_t epoch_ms = 1'704'067'200'000;
  static constexpr int worker_bits = 10;
  static constexpr int sequence_bits = 12;
  static constexpr int workers = 1 << worker_bits;

  /// `not_before`: the highest time that this worker number may have used in an earlier life.
  Snowflake(const Clock& clock, int worker, TimeMs not_before = {});

  std::int64_t next();
  template <class Id>
  Id next_id() {
    return Id(next());
  }
  /// The latest time used in an id, for the lease's heartbeat: a later life starts after it.
  TimeMs last_used() const;

  /// The time that an id was made at.
  static TimeMs time_of(std::int64_t id) {
    return {(id >> (worker_bits + sequence_bits)) + epoch_ms};
  }

 private:
  const Clock& clock_;
  const std::int64_t worker_;
  mutable std::mutex mutex_;
  std::int64_t last_ms_;
  std::int64_t sequence_ = (1 << sequence_bits) - 1;  // the first id opens a new millisecond
};

}  // namespace tollgate
