// A database that runs nothing by itself: for simulation, where one thread plays all.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "db/database.hpp"

namespace tollgate::db {

class Session;
class GroupWriter;
struct FinishedUnit;

/// What a process leaves behind when it dies: SQLite in memory. One database at a time uses it.
class MemoryDisk {
 public:
  MemoryDisk();
  ~MemoryDisk();
  MemoryDisk(const MemoryDisk&) = delete;
  MemoryDisk& operator=(const MemoryDisk&) = delete;

 private:
  friend class SteppedDatabase;
  std::unique_ptr<Session> session_;
};

/// Units wait until the owner steps them, so that it decides which commit together and what happens
/// between a commit and its answers. They run as in the SQLite database, by the same code. Blocking
/// calls run at once. Not thread-safe.
class SteppedDatabase final : public Database {
 public:
  /// `on_work` is called for each unit that comes to wait. `queue` as in Options.
  SteppedDatabase(MemoryDisk& disk, std::size_t queue, std::function<void()> on_work);
  /// What still waits is dropped, as by a crash.
  ~SteppedDatabase() override;

  std::size_t waiting() const override { return writes_.size(); }
  std::size_t waiting_reads() const { return reads_.size(); }
  /// Runs and answers the oldest read.
  void read_one();
  /// Commits the oldest `most` writes as one group. Answers nobody: see tell().
  void commit(std::size_t most);
  /// Answers the groups that were committed.
  void tell();
  /// Forgets all that waits, unanswered: the process has died. Later calls throw DatabaseError.
  void drop();

  void run_script(std::string_view sql) override;
  void stop() override;
  bool healthy() const override { return !closed_; }

 protected:
  std::exception_ptr enqueue(Unit&& unit, bool write) override;
  void run_blocking(std::function<bool(Tx&)> run, bool write) override;

 private:
  Session& session_;
  const std::size_t queue_;
  std::function<void()> on_work_;
  std::unique_ptr<GroupWriter> writer_;
  std::deque<Unit> writes_, reads_;
  std::vector<FinishedUnit> committed_;
  bool closed_ = false;
};

}  // namespace tollgate::db
