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

/// The writing half of a database. Belongs to one thread.
class GroupWriter {
 public:
  GroupWriter(Session& session, std::function<void()> on_broken)
      : session_(session), on_broken_(std::move(on_broken)) {}

  /// Runs the units in one transaction, a savepoint each, and commits. Nobody has been told yet.
  std::vector<FinishedUnit> commit(std::vector<Unit> units);
  /// Runs the actions of what was kept and tells everybody.
  static void tell(std::vector<FinishedUnit> finished);

  bool broken() const { return broken_; }

 private:
  void run_unit(FinishedUnit& each);
  void undo();
  void break_down(const char* what);

  Session& session_;
  std::function<void()> on_broken_;
  std::atomic<bool> broken_{false};
};

/// Runs the unit in a transaction that sees one snapshot, and tells it.
void run_read(Session& session, Unit& unit);

}  // namespace tollgate::db
