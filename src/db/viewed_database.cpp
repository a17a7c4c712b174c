#include "db/viewed_database.hpp"

#include <filesystem>

namespace tollgate::db {
namespace {

const Sql any_table{"SELECT COUNT(*) FROM sqlite_master"};

/// SQLite would make the file.
const std::string& existing(const std::string& path) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed))
    throw DatabaseError("cannot open " + path + ": there is no such file");
  return path;
}

DatabaseError read_only() {
  return DatabaseError("the database was opened to be looked at");
}

}  // namespace

ViewedDatabase::ViewedDatabase(const std::string& path)
    : session_(existing(path), Session::Mode::view), reader_(session_, [] {}) {
  session_.query(any_table, nullptr, 0, [](const Row&) {});  // opened when it is first read
}

void ViewedDatabase::run_script(std::string_view) {
  throw read_only();
}

std::exception_ptr ViewedDatabase::enqueue(Unit&&, bool) {
  return std::make_exception_ptr(read_only());
}

void ViewedDatabase::run_blocking(std::function<bool(Tx&)> run, bool write) {
  if (write) throw read_only();
  Unit unit;
  std::exception_ptr failed;
  unit.run = std::move(run);
  unit.done = [&failed](std::exception_ptr error) { failed = std::move(error); };
  reader_.read(session_, unit);
  if (failed) std::rethrow_exception(failed);
}

}  // namespace tollgate::db
