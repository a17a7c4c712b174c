// What configuration says about deliveries.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "notify/address_guard.hpp"

namespace tollgate::notify {

struct Policy {
  /// The wait before each try, in milliseconds: the first after the event, the others after the try
  /// before, varied by ±20 %. As many tries as gaps, then the delivery is dead. Never empty.
  std::vector<std::int64_t> gaps_ms{0,          5'000,      300'000,    1'800'000,  7'200'000,
                                    18'000'000, 36'000'000, 50'400'000, 72'000'000, 86'400'000};
  std::int64_t timeout_ms = 15'000;  ///< Of one try.
  bool allow_private_networks = false;

  Reach reach() const { return allow_private_networks ? Reach::private_too : Reach::public_only; }
};

/// The policy in force; thread-safe.
class CurrentPolicy {
 public:
  explicit CurrentPolicy(Policy policy) { set(std::move(policy)); }
  void set(Policy policy) {
    TOLLGATE_ASSERT(!policy.gaps_ms.empty());
    auto made = std::make_shared<const Policy>(std::move(policy));
    const std::lock_guard lock(mutex_);
    policy_ = std::move(made);
  }
  std::shared_ptr<const Policy> get() const {
    const std::lock_guard lock(mutex_);
    return policy_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Policy> policy_;
};

}  // namespace tollgate::notify
