// Owned coroutines, and a timer that other threads may ring.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "outbox/timer.hpp"

namespace tollgate::outbox {

/// A sleep that can be cut short. Waits belong to one strand; ring() to any thread.
class Alarm : public std::enable_shared_from_this<Alarm> {
 public:
  explicit Alarm(boost::asio::any_io_executor strand)
      : strand_(strand), timer_(make_timer(strand)) {}

  /// Ends the running wait, or the next one where none runs. The executor's context must live.
  void ring();
  /// Returns after `ms`, or when rung. On the strand, one at a time.
  boost::asio::awaitable<void> wait(std::int64_t ms);

 private:
  boost::asio::any_io_executor strand_;
  std::unique_ptr<Timer> timer_;
  bool rung_ = false;
  std::atomic<bool> ringing_{false};
};

/// Spawns coroutines on a strand and joins them. To be used on that strand; an exception that
/// leaves a task is logged under the task's name.
class TaskGroup {
 public:
  explicit TaskGroup(boost::asio::any_io_executor strand)
      : strand_(strand), idle_(make_timer(strand)) {}

  void spawn(const char* name, boost::asio::awaitable<void> task);
  /// Returns when no task is left. One at a time.
  boost::asio::awaitable<void> join();
  std::size_t size() const { return count_; }

 private:
  boost::asio::any_io_executor strand_;
  std::unique_ptr<Timer> idle_;
  std::size_t count_ = 0;
};

/// The text of an exception for a log line.
std::string describe(const std::exception_ptr& error);

}  // namespace tollgate::outbox
