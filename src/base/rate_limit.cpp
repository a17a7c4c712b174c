#include "base/rate_limit.hpp"

#include <algorithm>

namespace tollgate {

RateLimit::RateLimit(const Clock& clock, std::vector<Rate> rates, std::size_t keys_max)
    : clock_(clock), rates_(std::move(rates)), keys_max_(keys_max) {
  TOLLGATE_ASSERT(!rates_.empty() && keys_max_ > 0);
  for (const auto& rate : rates_) TOLLGATE_ASSERT(rate.burst > 0 && rate.period_ms > 0);
}

std::int64_t RateLimit::take(std::string_view key) {
  const std::int64_t now_ms = clock_.steady_ms();
  const std::lock_guard lock(mutex_);
  const auto known = by_key_.find(key);
  if (known != by_key_.end()) {
    Use& use = *known->second;
    const std::int64_t wait = wait_ms(use, now_ms);
    if (wait > 0) return wait;
    count(use, now_ms);
    uses_.splice(uses_.end(), uses_, known->second);
    return 0;
  }
  forget(now_ms);
  Use& use = uses_.emplace_back(std::string(key), std::vector<std::int64_t>(rates_.size(), now_ms));
  by_key_.emplace(use.key, std::prev(uses_.end()));
  count(use, now_ms);
  return 0;
}

std::size_t RateLimit::size() const {
  const std::lock_guard lock(mutex_);
  return uses_.size();
}

std::int64_t RateLimit::wait_ms(const Use& use, std::int64_t now_ms) const {
  std::int64_t longest = 0;
  for (std::size_t i = 0; i < rates_.size(); ++i) {
    const std::int64_t allowed_ms = (rates_[i].burst - 1) * rates_[i].period_ms;
    longest = std::max(longest, use.full_at_ms[i] - now_ms - allowed_ms);
  }
  return longest;
}

void RateLimit::count(Use& use, std::int64_t now_ms) const {
  for (std::size_t i = 0; i < rates_.size(); ++i)
    use.full_at_ms[i] = std::max(use.full_at_ms[i], now_ms) + rates_[i].period_ms;
}

/// Makes room for one more key.
void RateLimit::forget(std::int64_t now_ms) {
  while (!uses_.empty()) {
    const bool full_again = std::ranges::max(uses_.front().full_at_ms) <= now_ms;
    if (!full_again && uses_.size() < keys_max_) return;
    by_key_.erase(uses_.front().key);
    uses_.pop_front();
  }
}

Error too_often(std::int64_t wait_ms) {
  Error error(Errc::rate_limited);
  error.retry_after_s = static_cast<int>(std::min<std::int64_t>((wait_ms + 999) / 1'000, 86'400));
  return error;
}

}  // namespace tollgate
