// Seals the events in the background, so that nothing that a request waits for pays for it.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "base/clock.hpp"
#include "db/database.hpp"
#include "journal/seal.hpp"
#include "outbox/tasks.hpp"

namespace tollgate::app {

/// The outbox's events, in the order of the commits.
journal::EventSource outbox_events();

class Sealer {
 public:
  static constexpr std::int64_t every_ms = 1'000;
  static constexpr std::int64_t tell_every_ms = 3'600'000;

  Sealer(db::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  /// There are new events. From any thread.
  void wake() { fresh_ = true; }

  /// Seals what there is, every second where there is something, until stop(). Writes the head to
  /// the log every hour: whoever keeps logs elsewhere has it out of reach of the database.
  void start(const boost::asio::any_io_executor& executor);
  /// On the executor. Seals what has come until now.
  boost::asio::awaitable<void> stop();

 private:
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<void> seal_all();
  void tell(const journal::Seal& seal);

  db::Database& database_;
  const Clock& clock_;
  const journal::EventSource source_ = outbox_events();
  std::atomic<bool> fresh_{true};
  TimeMs told_;
  std::shared_ptr<outbox::Alarm> alarm_;
  std::unique_ptr<outbox::TaskGroup> tasks_;
  bool stopping_ = false;  // on the executor
};

}  // namespace tollgate::app
