// One thread plays many. A lane stands for a thread: what is posted to it runs in order; which lane
// runs next is drawn from the seed. Time stands still while anything can run, and then jumps to the
// next sleeper.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "base/random.hpp"

namespace tollgate::simulate {

class Scheduler;

/// A thread that is played. Timers that are made on it (outbox/timer.hpp) sleep in simulated time.
class Lane : public boost::asio::io_context {
 public:
  explicit Lane(Scheduler& scheduler);
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  /// Destroys what was posted or sleeps here, unrun. What it destroys may still name this lane.
  void kill();
  /// Nothing of it runs before that time.
  void stall_until(std::int64_t ms) { stalled_until_ms_ = ms; }

 private:
  friend class Scheduler;
  Scheduler& scheduler_;
  boost::asio::executor_work_guard<executor_type> guard_;
  std::int64_t stalled_until_ms_ = 0;
};

class Scheduler {
 public:
  using Callback = std::function<void()>;

  explicit Scheduler(std::uint64_t seed) : random_(seed) {}
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  std::int64_t now_ms() const { return now_ms_; }
  /// Handlers run so far.
  std::uint64_t steps() const { return steps_; }

  /// Calls once at that time, outside of every lane. `owner` may drop it (drop_timers).
  std::uint64_t call_at(std::int64_t due_ms, Callback call, const void* owner = nullptr);
  /// Calls now what call_at was given; nothing where that has been or was dropped.
  void call_now(std::uint64_t id);
  void drop_timers(const void* owner);
  /// When the earliest sleeper of an owner is due.
  std::optional<std::int64_t> next_due(const void* owner) const;

  /// Runs one handler of a lane that the seed picks, or lets time jump and wakes who is due. False
  /// where nothing will happen any more.
  bool step();

 private:
  friend class Lane;
  struct Sleeper {
    Callback call;
    const void* owner;
  };
  using Key = std::pair<std::int64_t, std::uint64_t>;  // due time, id

  bool run_a_lane();
  bool wake_next();
  bool time_slips();

  SeededRandom random_;
  std::int64_t now_ms_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t last_id_ = 0;
  std::vector<Lane*> lanes_;
  std::map<Key, Sleeper> sleepers_;
  std::map<std::uint64_t, std::int64_t> due_of_;  // by id
};

}  // namespace tollgate::simulate
