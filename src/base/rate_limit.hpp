// How often something may happen, for each key apart.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace tollgate {

/// `burst` at once, then one more every `period_ms`.
struct Rate {
  std::int64_t burst = 1;
  std::int64_t period_ms = 1'000;
};

/// Holds each key to all of the rates. A key that has not been used for so long that its rates are
/// full again is as good as unknown, and forgotten; beyond `keys_max` the one that was used longest
/// ago is forgotten early. Thread-safe; `clock` outlives it.
class RateLimit {
 public:
  RateLimit(const Clock& clock, std::vector<Rate> rates, std::size_t keys_max = 10'000);

  /// 0: it may happen, and is counted. Else nothing is counted, and so many milliseconds are to
  /// pass before it may.
  std::int64_t take(std::string_view key);
  /// How many keys are remembered.
  std::size_t size() const;

 private:
  /// The generic cell rate algorithm: for each rate the time at which it will be full again.
  struct Use {
    std::string key;
    std::vector<std::int64_t> full_at_ms;
  };
  using Uses = std::list<Use>;  // the latest use stands last

  std::int64_t wait_ms(const Use& use, std::int64_t now_ms) const;
  void count(Use& use, std::int64_t now_ms) const;
  void forget(std::int64_t now_ms);

  const Clock& clock_;
  const std::vector<Rate> rates_;
  const std::size_t keys_max_;
  mutable std::mutex mutex_;
  Uses uses_;                                                    // guarded
  std::unordered_map<std::string_view, Uses::iterator> by_key_;  // guarded; keys live in uses_
};

/// rate_limited, to be tried again after `wait_ms`.
Error too_often(std::int64_t wait_ms);

}  // namespace tollgate
