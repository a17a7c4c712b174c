// The delay queue: rows with a due time, woken by an in-memory timer, found again by a sweep.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/snowflake.hpp"
#include "db/database.hpp"

namespace tollgate::outbox {

struct Job {
  JobId id;
  std::string kind;      ///< "expire_order", "query_payment", …
  std::int64_t subject;  ///< The order, payment or refund it is about.
  int attempt = 0;       ///< How often it has run before.
  TimeMs created;        ///< When it was first scheduled.
  TimeMs due;
};

/// What a handler answers: the next due time, or nothing when the job is finished.
using JobResult = std::optional<TimeMs>;
/// Must be idempotent: a crash between its effect and the job's end runs it again. An exception
/// makes the job due again with growing gaps (1 s to 5 min). The Job lives as long as the
/// coroutine.
using JobHandler = std::function<boost::asio::awaitable<JobResult>(const Job&)>;

/// One job for each (kind, subject). A job is claimed by a lease with a fencing token that its last
/// write checks; a paused process cannot end a job that another has taken over. The lease is
/// renewed while the handler runs, so a handler may take as long as it needs.
class Jobs {
 public:
  static constexpr std::int64_t lease_ms = 60'000;
  /// The clock is asked at least this often, so that a wall clock that jumps is noticed.
  static constexpr std::int64_t poll_ms = 1'000;
  /// Rows of earlier lives and of other instances are looked for this often.
  static constexpr std::int64_t sweep_ms = 5'000;

  Jobs(db::Database& database, Snowflake& ids, const Clock& clock, Metrics& metrics);
  /// After stop(), where start() was called.
  ~Jobs();

  /// Makes the job, or moves the existing one to the earlier of both times (attempts start anew
  /// where `restart`). The runner is woken after the commit. A job that is running when it is
  /// scheduled runs once more at `due`. Thread-safe, as cancel() is.
  void schedule(db::Tx& tx, std::string_view kind, std::int64_t subject, TimeMs due,
                bool restart = false);
  /// The same for a subject that is new, and so has no such job: one statement less.
  /// Throws db::UniqueViolation where it has one.
  void schedule_first(db::Tx& tx, std::string_view kind, std::int64_t subject, TimeMs due);
  /// Forgets the job. A run that is under way goes on, but comes to nothing.
  void cancel(db::Tx& tx, std::string_view kind, std::int64_t subject);

  /// Registers the handler of a kind; at most `concurrency` run at a time. Before start().
  void handle(std::string kind, JobHandler handler, int concurrency = 16);

  /// Runs jobs on `executor` until stop(). Jobs left by an earlier life run as soon as their lease
  /// ends; with `sole_instance` (SQLite) at once.
  void start(boost::asio::any_io_executor executor, bool sole_instance);
  /// Stops claiming and waits for the handlers under way. Nothing where start() was not called.
  boost::asio::awaitable<void> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tollgate::outbox
