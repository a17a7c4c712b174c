// SQLite: one writer thread that group-commits, readers apart.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

#include "base/log.hpp"
#include "db/database.hpp"
#include "db/file_lock.hpp"
#include "db/session.hpp"
#include "db/work_queue.hpp"

namespace tollgate::db {
namespace {

const Sql begin_immediate{"BEGIN IMMEDIATE"};
const Sql begin_deferred{"BEGIN"};
const Sql commit{"COMMIT"};
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

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(const Options& options, const std::string& path, std::function<void()> on_broken)
      : lock_(path + ".lock"),
        group_(options.group),
        on_broken_(std::move(on_broken)),
        writes_(options.queue),
        reads_(options.queue),
        writer_session_(path, Session::Mode::write) {
    writer_ = std::thread([this] { write_loop(); });
    for (int i = 0; i < options.readers; ++i)
      readers_.emplace_back([this, path] { read_loop(path); });
  }
  ~SqliteDatabase() override { stop(); }

  void run_script(std::string_view sql) override {
    std::promise<void> promise;
    auto done = promise.get_future();
    script_ = sql;
    Unit unit;
    unit.done = [&promise](std::exception_ptr error) {
      if (error)
        promise.set_exception(error);
      else
        promise.set_value();
    };
    // a unit without run is the script
    if (const auto refused = enqueue(std::move(unit), true)) std::rethrow_exception(refused);
    done.get();
  }

  void stop() override {
    writes_.close();
    reads_.close();
    if (writer_.joinable()) writer_.join();
    for (auto& reader : readers_)
      if (reader.joinable()) reader.join();
  }

  bool healthy() const override { return !broken_; }
  std::size_t waiting() const override { return writes_.size(); }

 protected:
  std::exception_ptr enqueue(Unit&& unit, bool write) override {
    auto& queue = write ? writes_ : reads_;
    if (write && broken_) return std::make_exception_ptr(DatabaseError("the database has failed"));
    switch (queue.push(std::move(unit))) {
      case WorkQueue<Unit>::Push::ok:
        return nullptr;
      case WorkQueue<Unit>::Push::full:
        return std::make_exception_ptr(Overloaded("the database queue is full"));
      case WorkQueue<Unit>::Push::closed:
        break;
    }
    return std::make_exception_ptr(DatabaseError("the database is closed"));
  }

 private:
  struct Finished {
    Unit unit;
    std::exception_ptr error;
    std::vector<std::function<void()>> actions;
  };

  void write_loop() {
    while (true) {
      auto units = writes_.take(group_);
      if (units.empty()) return;
      if (!units.front().run) {
        run_one_script(units.front());
        units.erase(units.begin());
        if (units.empty()) continue;
      }
      write_group(std::move(units));
    }
  }

  void run_one_script(Unit& unit) {
    try {
      writer_session_.run_script(script_);
      unit.done(nullptr);
    } catch (...) {
      unit.done(std::current_exception());
    }
  }

  void write_group(std::vector<Unit> units) {
    std::vector<Finished> finished;
    finished.reserve(units.size());
    for (auto& unit : units) finished.push_back({std::move(unit), nullptr, {}});
    std::exception_ptr group_error;
    try {
      if (broken_) throw DatabaseError("the database has failed");
      writer_session_.exec(begin_immediate);
      run_group(finished);
      writer_session_.exec(commit);
    } catch (const StorageFailed& e) {
      group_error = std::current_exception();
      break_down(e.what());
    } catch (const std::exception& e) {
      group_error = std::current_exception();
      log::error("db.group_failed", {{"error", e.what()}});
    }
    if (group_error) undo();
    for (auto& each : finished) {
      if (!group_error && !each.error)
        for (auto& action : each.actions) action();
      each.unit.done(group_error ? group_error : each.error);
    }
  }

  /// Those that may run twice go first, without savepoints: where one of them fails, nothing that
  /// may not run twice has run yet.
  void run_group(std::vector<Finished>& finished) {
    const auto rest = std::ranges::stable_partition(finished, [](const Finished& each) {
                        return each.unit.repeat == Repeat::yes;
                      }).begin();
    auto next = finished.begin();
    while (next != rest && run_bare(*next)) ++next;
    if (next != rest) {
      writer_session_.exec(rollback);
      writer_session_.exec(begin_immediate);
      for (next = finished.begin(); next != rest; ++next) run_unit(*next);
    }
    for (; next != finished.end(); ++next) run_unit(*next);
  }

  /// False where the unit failed: the transaction is then to be undone.
  bool run_bare(Finished& each) {
    SessionTx tx(writer_session_);
    bool keep = false;
    try {
      keep = each.unit.run(tx);
    } catch (const StorageFailed&) {
      throw;
    } catch (...) {  // it runs again, and fails again where it must
      return false;
    }
    if (!writer_session_.in_transaction())
      throw DatabaseError("SQLite has rolled the transaction back");
    if (keep) each.actions = tx.take_actions();
    return keep;
  }

  /// A unit that fails is undone alone; StorageFailed leaves through to the group.
  void run_unit(Finished& each) {
    SessionTx tx(writer_session_);
    writer_session_.exec(savepoint);
    bool keep = false;
    each.actions.clear();
    try {
      keep = each.unit.run(tx);
    } catch (const StorageFailed&) {
      throw;
    } catch (...) {
      each.error = std::current_exception();
    }
    if (!writer_session_.in_transaction())
      throw DatabaseError("SQLite has rolled the transaction back");
    if (!keep) writer_session_.exec(rollback_to_savepoint);
    writer_session_.exec(release_savepoint);
    if (keep) each.actions = tx.take_actions();
  }

  void undo() {
    try {
      if (writer_session_.in_transaction()) writer_session_.exec(rollback);
    } catch (const std::exception& e) {
      break_down(e.what());
    }
  }

  void break_down(const char* what) {
    if (broken_.exchange(true)) return;
    log::error("db.storage_failed", {{"error", what}});
    on_broken_();
  }

  void read_loop(const std::string& path) {
    Session session(path, Session::Mode::read);
    while (true) {
      auto units = reads_.take(1);
      if (units.empty()) return;
      read_one(session, units.front());
    }
  }

  void read_one(Session& session, Unit& unit) {
    std::exception_ptr error;
    try {
      SessionTx tx(session);
      session.exec(begin_deferred);
      try {
        unit.run(tx);
      } catch (...) {
        error = std::current_exception();
      }
      session.exec(commit);
    } catch (const std::exception& e) {
      error = std::current_exception();
      log::error("db.read_failed", {{"error", e.what()}});
    }
    unit.done(error);
  }

  FileLock lock_;
  const std::size_t group_;
  std::function<void()> on_broken_;
  std::atomic<bool> broken_{false};
  std::string script_;
  WorkQueue<Unit> writes_;
  WorkQueue<Unit> reads_;
  Session writer_session_;
  std::thread writer_;
  std::vector<std::thread> readers_;
};

}  // namespace

std::unique_ptr<Database> Database::open(const Options& options, std::function<void()> on_broken) {
  constexpr std::string_view scheme = "sqlite:";
  if (!options.url.starts_with(scheme))
    throw DatabaseError("only sqlite: databases are built in, not " +
                        options.url.substr(0, options.url.find(':')));
  const std::filesystem::path path = options.url.substr(scheme.size());
  if (path.has_parent_path()) {
    std::error_code failed;
    std::filesystem::create_directories(path.parent_path(), failed);
    if (failed)
      throw DatabaseError("cannot make " + path.parent_path().string() + ": " + failed.message());
  }
  return std::make_unique<SqliteDatabase>(options, path.string(), std::move(on_broken));
}

}  // namespace tollgate::db
