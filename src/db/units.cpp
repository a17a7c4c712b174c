#include "db/units.hpp"

#include <algorithm>

#include "base/fault.hpp"
#include "base/log.hpp"

namespace tollgate::db {
namespace {

const Sql begin_immediate{"BEGIN IMMEDIATE"};
const Sql begin_deferred{"BEGIN"};
const Sql commit_group{"COMMIT"};
const Sql rollback{"ROLLBACK"};
const Sql savepoint{"SAVEPOINT unit"};
const Sql release_savepoint{"RELEASE unit"};
const Sql rollback_to_savepoint{"ROLLBACK TO unit"};

class SessionTx final : public Tx {
 public:
  explicit SessionTx(Session& session) : session_(session) {}
  void after_commit(std::function<void()> action) override {
    actions_.push_back(std::move(action));
  }
  std::vector<std::function<void()>> take_actions() { return std::move(actions_); }

 protected:
  std::int64_t exec_values(const Sql& sql, const Value* values, std::size_t count) override {
    return session_.exec(sql, values, count);
  }
  void query_values(const Sql& sql, const Value* values, std::size_t count,
                    const std::function<void(const Row&)>& each) override {
    session_.query(sql, values, count, each);
  }

 private:
  Session& session_;
  std::vector<std::function<void()>> actions_;
};

/// Tells units how they ended, all of one home by one post: a wake-up of its thread for each would
/// cost more than most units do.
class Homecoming {
 public:
  void add(Unit&& unit, std::exception_ptr error) {
    if (!unit.home) return unit.done(error);
    const auto at = std::ranges::find(homes_, unit.home, &Home::executor);
    Home& home = at != homes_.end() ? *at : homes_.emplace_back(std::move(unit.home));
    home.ended.push_back({std::move(unit.done), error});
  }
  void begin() {
    for (auto& home : homes_) {
      // Else its context could end, and be gone, while this thread is still within the post.
      const auto guard = boost::asio::make_work_guard(home.executor);
      boost::asio::post(home.executor, [ended = std::move(home.ended)] {
        for (const auto& each : ended) each.done(each.error);
      });
    }
  }

 private:
  struct Ended {
    std::function<void(std::exception_ptr)> done;
    std::exception_ptr error;
  };
  struct Home {
    boost::asio::any_io_executor executor;
    std::vector<Ended> ended;
    explicit Home(boost::asio::any_io_executor e) : executor(std::move(e)) {}
  };
  std::vector<Home> homes_;  // as many as threads, so few
};

}  // namespace

std::vector<FinishedUnit> GroupWriter::commit(std::vector<Unit> units) {
  std::vector<FinishedUnit> finished;
  finished.reserve(units.size());
  for (auto& unit : units) finished.push_back({std::move(unit), nullptr, {}});
  std::exception_ptr group_error;
  try {
    if (broken_) throw DatabaseError("the database has failed");
    session_.exec(begin_immediate);
    run_group(finished);
    fault::point("db.before_commit");
    session_.exec(commit_group);
    fault::point("db.after_commit");
  } catch (const StorageFailed& e) {
    group_error = std::current_exception();
    break_down(e.what());
  } catch (const std::exception& e) {
    group_error = std::current_exception();
    log::error("db.group_failed", {{"error", e.what()}});
  }
  if (group_error) {
    undo(session_);
    for (auto& each : finished) each.error = group_error;
  }
  return finished;
}

void GroupWriter::tell(std::vector<FinishedUnit> finished) {
  for (auto& each : finished)
    if (!each.error)
      for (auto& action : each.actions) action();
  Homecoming home;
  for (auto& each : finished) home.add(std::move(each.unit), each.error);
  home.begin();
}

/// Those that may run twice go first, without savepoints: where one of them fails, nothing that may
/// not run twice has run yet.
void GroupWriter::run_group(std::vector<FinishedUnit>& finished) {
  const auto repeatable = [](const FinishedUnit& each) { return each.unit.repeat == Repeat::yes; };
  const auto rest = std::ranges::stable_partition(finished, repeatable).begin();
  auto next = finished.begin();
  while (next != rest && run_bare(*next)) ++next;
  if (next != rest) {
    session_.exec(rollback);
    session_.exec(begin_immediate);
    for (next = finished.begin(); next != rest; ++next) run_unit(*next);
  }
  for (; next != finished.end(); ++next) run_unit(*next);
}

/// False where the unit failed: the transaction is then to be undone.
bool GroupWriter::run_bare(FinishedUnit& each) {
  SessionTx tx(session_);
  bool keep = false;
  try {
    keep = each.unit.run(tx);
  } catch (const StorageFailed&) {
    throw;
  } catch (...) {  // it runs again, and fails again where it must
    return false;
  }
  if (!session_.in_transaction()) throw DatabaseError("SQLite has rolled the transaction back");
  if (keep) each.actions = tx.take_actions();
  return keep;
}

/// A unit that fails is undone alone; StorageFailed leaves through to the group.
void GroupWriter::run_unit(FinishedUnit& each) {
  SessionTx tx(session_);
  session_.exec(savepoint);
  bool keep = false;
  each.actions.clear();
  try {
    keep = each.unit.run(tx);
  } catch (const StorageFailed&) {
    throw;
  } catch (...) {
    each.error = std::current_exception();
  }
  if (!session_.in_transaction()) throw DatabaseError("SQLite has rolled the transaction back");
  if (!keep) session_.exec(rollback_to_savepoint);
  session_.exec(release_savepoint);
  if (keep) each.actions = tx.take_actions();
}

void GroupWriter::undo(Session& session) {
  try {
    if (session.in_transaction()) session.exec(rollback);
  } catch (const std::exception& e) {
    break_down(e.what());
  }
}

void GroupWriter::break_down(const char* what) {
  if (broken_.exchange(true)) return;
  log::error("db.storage_failed", {{"error", what}});
  on_broken_();
}

void GroupWriter::read(Session& session, Unit& unit) {
  std::exception_ptr error;
  try {
    SessionTx tx(session);
    session.exec(begin_deferred);
    try {
      unit.run(tx);
    } catch (const StorageFailed&) {
      throw;
    } catch (...) {
      error = std::current_exception();
    }
    session.exec(commit_group);
  } catch (const StorageFailed& e) {
    error = std::current_exception();
    break_down(e.what());
  } catch (const std::exception& e) {
    error = std::current_exception();
    log::error("db.read_failed", {{"error", e.what()}});
    undo(session);
  }
  Homecoming home;
  home.add(std::move(unit), error);
  home.begin();
}

}  // namespace tollgate::db
