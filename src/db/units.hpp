// How units of work run on a connection: a group under one commit, a read on its own. No threads;
// who owns the connection decides when.
#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "db/database.hpp"
#include "db/session.hpp"

namespace tollgate::db {

/// A unit that has run, and whose group has been committed or undone.
struct FinishedUnit {
  Unit unit;
  std::exception_ptr error;  ///< Nothing where its effects are durable, or it wanted none.
  std::vector<std::function<void()>> actions;  ///< Of after_commit.
};

/// Runs units, and knows whether the storage has failed. commit() and tell() belong to the writer's
/// thread, read() to the thread of its session, the rest to all.
class GroupWriter {
 public:
  GroupWriter(Session& session, std::function<void()> on_broken)
      : session_(session), on_broken_(std::move(on_broken)) {}

  /// Runs the units in one transaction and commits. Each has a savepoint, unless it may run twice
  /// (Repeat) and nothing of the group's has failed. Nobody has been told yet.
  std::vector<FinishedUnit> commit(std::vector<Unit> units);
  /// Runs the actions of what was kept and tells everybody.
  static void tell(std::vector<FinishedUnit> finished);

  /// Runs the unit in a transaction that sees one snapshot, and tells it.
  void read(Session& session, Unit& unit);

  bool broken() const { return broken_; }
  /// The storage has failed: says so once, and nothing more is taken.
  void break_down(const char* what);
  /// Ends a transaction that the session has open.
  void undo(Session& session);

 private:
  void run_group(std::vector<FinishedUnit>& finished);
  bool run_bare(FinishedUnit& each);
  void run_unit(FinishedUnit& each);

  Session& session_;
  std::function<void()> on_broken_;
  std::atomic<bool> broken_{false};
};

}  // namespace tollgate::db
