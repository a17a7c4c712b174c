#include <algorithm>

#include "channel/account.hpp"

namespace tollgate::channel {
namespace {

constexpr int opens_after = 5;
constexpr std::int64_t first_gap_ms = 10'000;
constexpr std::int64_t last_gap_ms = 300'000;
/// Longer than any operation may take.
constexpr std::int64_t probe_ms = 130'000;

}  // namespace

bool Breaker::allow() {
  const std::lock_guard lock(mutex_);
  if (gap_ms_ == 0) return true;
  const auto now = clock_.steady_ms();
  if (now < retry_at_ms_) return false;
  probing_ = true;
  retry_at_ms_ = now + probe_ms;
  return true;
}

void Breaker::success() {
  const std::lock_guard lock(mutex_);
  failures_ = 0;
  gap_ms_ = 0;
  probing_ = false;
}

void Breaker::failure() {
  const std::lock_guard lock(mutex_);
  ++failures_;
  if (gap_ms_ == 0 && failures_ >= opens_after)
    gap_ms_ = first_gap_ms;
  else if (probing_)
    gap_ms_ = std::min(gap_ms_ * 2, last_gap_ms);
  else
    return;  // closed still, or a call from before it opened
  probing_ = false;
  retry_at_ms_ = clock_.steady_ms() + gap_ms_;
}

Breaker::State Breaker::state() const {
  const std::lock_guard lock(mutex_);
  if (gap_ms_ == 0) return State::closed;
  return probing_ ? State::half_open : State::open;
}

}  // namespace tollgate::channel
