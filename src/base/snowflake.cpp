#include "base/snowflake.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace tollgate {

Snowflake::Snowflake(const Clock& clock, int worker, TimeMs not_before)
    : clock_(clock), worker_(worker), last_ms_(std::max(not_before.ms, epoch_ms)) {
  TOLLGATE_ASSERT(worker >= 0 && worker < workers);
}

std::int64_t Snowflake::next() {
  const std::lock_guard lock(mutex_);
  const std::int64_t now_ms = clock_.now().ms;
  if (now_ms > last_ms_) {
    last_ms_ = now_ms;
    sequence_ = 0;
  } else if (++sequence_ == (1 << sequence_bits)) {
    ++last_ms_;  // borrow from the next millisecond
    sequence_ = 0;
  }
  const std::int64_t since_epoch = last_ms_ - epoch_ms;
  TOLLGATE_ASSERT(since_epoch >= 0 && since_epoch < (std::int64_t{1} << 41));
  return since_epoch << (worker_bits + sequence_bits) | worker_ << sequence_bits | sequence_;
}

TimeMs Snowflake::last_used() const {
  const std::lock_guard lock(mutex_);
  return {last_ms_};
}

}  // namespace tollgate
