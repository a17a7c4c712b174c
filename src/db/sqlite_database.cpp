// SQLite: one writer thread that group-commits, readers and the copying of the log apart.
#include <filesystem>
#include <thread>

#include "base/fault.hpp"
#include "db/checkpointer.hpp"
#include "db/database.hpp"
#include "db/file_lock.hpp"
#include "db/folder.hpp"
#include "db/log_file.hpp"
#include "db/session.hpp"
#include "db/units.hpp"
#include "db/viewed_database.hpp"
#include "db/work_queue.hpp"

namespace tollgate::db {
namespace {

const Sql lock_log{"BEGIN IMMEDIATE"};
const Sql unlock_log{"ROLLBACK"};

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(const Options& options, const std::string& path, std::function<void()> on_broken)
      : lock_(path + ".lock"),
        group_(options.group),
        writes_(options.queue),
        reads_(options.queue),
        writer_session_(path, Session::Mode::write),
        committer_(writer_session_, std::move(on_broken)) {
    fault::point("db.before_checkpoint");
    settle_log(path);
    // The log's own entry too: SQLite syncs it, but passes over a failure.
    sync_folder(std::filesystem::path(path).parent_path());
    fault::point("db.after_checkpoint");
    checkpointer_ = std::make_unique<Checkpointer>(path, committer_);
    for (int i = 0; i < options.readers; ++i)
      reader_sessions_.push_back(std::make_unique<Session>(path, Session::Mode::read));
    writer_ = std::thread([this] { write_loop(); });
    for (auto& session : reader_sessions_)
      readers_.emplace_back([this, &session = *session] { read_loop(session); });
  }
  ~SqliteDatabase() override { stop(); }

  void run_script(std::string_view sql) override {
    script_ = sql;
    run_blocking(nullptr, true);  // a unit without run is the script
  }

  void stop() override {
    writes_.close();
    reads_.close();
    if (writer_.joinable()) writer_.join();
    checkpointer_->stop();
    for (auto& reader : readers_)
      if (reader.joinable()) reader.join();
  }

  bool healthy() const override { return !committer_.broken(); }
  std::size_t waiting() const override { return writes_.size(); }

 protected:
  std::exception_ptr enqueue(Unit&& unit, bool write) override {
    auto& queue = write ? writes_ : reads_;
    if (committer_.broken())
      return std::make_exception_ptr(DatabaseError("the database has failed"));
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
  /// What an earlier life left in the log may be there for readers and yet not on the disk, where
  /// its sync failed and the kernel has forgotten that. It is written anew before anyone relies on
  /// it, and before its pages go into the database: torn there, only the log could mend them.
  void settle_log(const std::string& path) {
    writer_session_.exec(lock_log);  // nobody else appends, resets or removes it
    renew_log(path + "-wal");
    writer_session_.exec(unlock_log);
    writer_session_.empty_log();
  }

  void write_loop() {
    while (true) {
      auto units = writes_.take(group_);
      if (units.empty()) return;
      if (!units.front().run) {
        run_one_script(units.front());
        units.erase(units.begin());
        if (units.empty()) continue;
      }
      GroupWriter::tell(committer_.commit(std::move(units)));
      checkpointer_->committed(writer_session_.log_pages());
    }
  }

  void run_one_script(Unit& unit) {
    std::exception_ptr error;
    try {
      if (committer_.broken()) throw DatabaseError("the database has failed");
      writer_session_.run_script(script_);
    } catch (const StorageFailed& e) {
      error = std::current_exception();
      committer_.break_down(e.what());
    } catch (...) {
      error = std::current_exception();
    }
    if (error) committer_.undo(writer_session_);  // a transaction that the script has begun
    unit.done(error);
  }

  void read_loop(Session& session) {
    while (true) {
      auto units = reads_.take(1);
      if (units.empty()) return;
      committer_.read(session, units.front());
    }
  }

  FileLock lock_;
  const std::size_t group_;
  std::string script_;
  WorkQueue<Unit> writes_;
  WorkQueue<Unit> reads_;
  Session writer_session_;
  GroupWriter committer_;
  std::unique_ptr<Checkpointer> checkpointer_;
  std::vector<std::unique_ptr<Session>> reader_sessions_;
  std::thread writer_;
  std::vector<std::thread> readers_;
};

std::string path_of(const std::string& url) {
  constexpr std::string_view scheme = "sqlite:";
  if (url.starts_with(scheme)) return url.substr(scheme.size());
  throw DatabaseError("only sqlite: databases are built in, not " + url.substr(0, url.find(':')));
}

}  // namespace

std::unique_ptr<Database> Database::view(const std::string& url) {
  return std::make_unique<ViewedDatabase>(path_of(url));
}

std::unique_ptr<Database> Database::open(const Options& options, std::function<void()> on_broken) {
  const std::filesystem::path path = path_of(options.url);
  make_folder(path.parent_path());
  return std::make_unique<SqliteDatabase>(options, path.string(), std::move(on_broken));
}

}  // namespace tollgate::db
