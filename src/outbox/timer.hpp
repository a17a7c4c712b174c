// How a sleeping coroutine waits: the one place where time passes in the modules.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/execution_context.hpp>
#include <cstdint>
#include <memory>

namespace tollgate::outbox {

/// One sleep at a time. Belongs to its executor; ended or not, it may be destroyed.
class Timer {
 public:
  virtual ~Timer() = default;
  /// Returns after `ms`, or when cancelled.
  virtual boost::asio::awaitable<void> wait(std::int64_t ms) = 0;
  /// Ends the running wait; nothing where none runs.
  virtual void cancel() = 0;
};

/// An executor says where code runs; its context's Timers say how time passes there. By default
/// that is the system's monotonic clock. A simulation adds a service of its own to its contexts
/// (boost::asio::add_service<Timers>) before anything sleeps there, and lets time jump.
class Timers : public boost::asio::execution_context::service {
 public:
  static boost::asio::execution_context::id id;

  explicit Timers(boost::asio::execution_context& context) : service(context) {}
  virtual std::unique_ptr<Timer> make(boost::asio::any_io_executor executor);

 protected:
  void shutdown() override {}
};

/// A timer of the executor's context.
std::unique_ptr<Timer> make_timer(const boost::asio::any_io_executor& executor);

}  // namespace tollgate::outbox
