// SQLite: one writer thread that group-commits, readers apart.
#include <filesystem>
#include <thread>

#include "db/database.hpp"
#include "db/file_lock.hpp"
#include "db/session.hpp"
#include "db/units.hpp"
#include "db/work_queue.hpp"

namespace tollgate::db {
namespace {

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(const Options& options, const std::string& path, std::function<void()> on_broken)
      : lock_(path + ".lock"),
        group_(options.group),
        writes_(options.queue),
        reads_(options.queue),
        writer_session_(path, Session::Mode::write),
        committer_(writer_session_, std::move(on_broken)) {
    writer_ = std::thread([this] { write_loop(); });
    for (int i = 0; i < options.readers; ++i)
      readers_.emplace_back([this, path] { read_loop(path); });
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
    for (auto& reader : readers_)
      if (reader.joinable()) reader.join();
  }

  bool healthy() const override { return !committer_.broken(); }
  std::size_t waiting() const override { return writes_.size(); }

 protected:
  void enqueue(Unit unit, bool write) override {
    auto& queue = write ? writes_ : reads_;
    if (write && committer_.broken()) throw DatabaseError("the database has failed");
    switch (queue.push(std::move(unit))) {
      case WorkQueue<Unit>::Push::ok:
        return;
      case WorkQueue<Unit>::Push::full:
        throw Overloaded("the database queue is full");
      case WorkQueue<Unit>::Push::closed:
        throw DatabaseError("the database is closed");
    }
  }

 private:
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

  void read_loop(const std::string& path) {
    Session session(path, Session::Mode::read);
    while (true) {
      auto units = reads_.take(1);
      if (units.empty()) return;
      run_read(session, units.front());
    }
  }

  FileLock lock_;
  const std::size_t group_;
  std::string script_;
  WorkQueue<Unit> writes_;
  WorkQueue<Unit> reads_;
  Session writer_session_;
  GroupWriter committer_;
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
