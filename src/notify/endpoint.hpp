// What the deliverer knows of one endpoint, and the mail box through which other threads reach it.
#pragma once

#include <algorithm>
#include <deque>
#include <limits>
#include <memory>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "notify/attempt.hpp"
#include "outbox/tasks.hpp"

namespace tollgate::notify {

inline constexpr TimeMs never{std::numeric_limits<std::int64_t>::max()};

/// On the deliverer's strand alone.
struct Endpoint {
  /// Deliveries are claimed ahead of free places only where answers come faster than this.
  static constexpr std::int64_t fast_ms = 250;
  static constexpr std::size_t ahead = 128;

  explicit Endpoint(WebhookId i) : id(i) {}

  const WebhookId id;
  std::shared_ptr<const Target> target;  ///< Nothing before the first claim, or while disabled.
  std::deque<outbox::ClaimedDelivery> buffer;
  std::size_t in_flight = 0;
  std::size_t failures = 0;          ///< Tries without an answer, in a row.
  std::int64_t last_ms = INT64_MAX;  ///< How long the last try took.
  TimeMs due = never;
  bool has_work = false;  ///< Due rows may wait.
  bool claiming = false;
  bool runnable = false;          ///< In the round of those that may send.
  std::size_t gone = 0;           ///< 410s whose results are not written: nothing more is sent.
  std::int64_t changes = 0;       ///< Calls of refresh().
  std::int64_t seen_changes = 0;  ///< Those that the last read of the row has seen.

  bool stale() const { return changes != seen_changes; }
  bool idle() const {
    return in_flight == 0 && gone == 0 && !claiming && !runnable && buffer.empty() && !has_work;
  }

  std::size_t free(std::size_t bound) const {
    const std::size_t allowed = failures >= bound ? 1 : bound;
    return allowed > in_flight ? allowed - in_flight : 0;
  }
  /// How many deliveries to claim now.
  std::size_t want(std::size_t bound) const {
    const bool fast = last_ms < fast_ms && failures == 0;
    if (fast) return buffer.size() <= ahead / 2 ? ahead - buffer.size() : 0;
    return free(bound) > buffer.size() ? free(bound) - buffer.size() : 0;
  }
};

/// Thread-safe; outlives the deliverer, because commits may come later.
class Inbox {
 public:
  struct Mail {
    std::set<WebhookId> due;
    std::set<WebhookId> changed;
  };

  void wake(WebhookId id) { put(id, &Mail::due); }
  void refresh(WebhookId id) { put(id, &Mail::changed); }
  Mail take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(mail_, {});
  }
  void ring_by(std::shared_ptr<outbox::Alarm> alarm) {
    const std::lock_guard lock(mutex_);
    alarm_ = std::move(alarm);
  }

 private:
  void put(WebhookId id, std::set<WebhookId> Mail::*where) {
    const std::lock_guard lock(mutex_);
    const bool first = (mail_.*where).insert(id).second;
    if (first && alarm_) alarm_->ring();
  }

  std::mutex mutex_;
  Mail mail_;
  std::shared_ptr<outbox::Alarm> alarm_;
};

}  // namespace tollgate::notify
