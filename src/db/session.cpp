#include "db/session.hpp"

#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>

namespace tollgate::db {
namespace {

using sqlite_api::sqlite3;

bool is_storage_failure(int primary_code) {
  switch (primary_code) {
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
      return true;
    default:
      return false;
  }
}

const Sql journal_mode{"PRAGMA journal_mode"};

/// Each connection belongs to one thread, so SQLite's lock around each call of it, and the count of
/// its memory under a lock that all connections share, would be paid for nothing. Before the first
/// connection; where SQLite runs already, it keeps its locks.
void settle_threading() {
  static const bool once = [] {
    sqlite_api::sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite_api::sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    return true;
  }();
  static_cast<void>(once);
}

/// Called by SQLite after each commit with the length of the log.
int note_log_pages(void* pages, sqlite3*, const char*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

/// The statement's beginning, never its values.
std::string name_of(const Sql& sql) {
  return sql.text().substr(0, 60);
}

}  // namespace

Session::Session(const std::string& path, Mode mode) : mode_(mode) {
  settle_threading();
  try {
    open(path);
  } catch (const soci::soci_error& e) {
    throw DatabaseError("cannot open " + path + ": " + e.get_error_message());
  }
  if (mode == Mode::view) return;
  std::string journal;
  query(journal_mode, nullptr, 0, [&](const Row& row) { journal = row.text(0); });
  if (journal != "wal" && journal != "memory")  // a database in memory has nothing to log
    throw DatabaseError("cannot open " + path + ": no write-ahead log is possible there");
}

void Session::open(const std::string& path) {
  soci_.open(soci::sqlite3, "db=\"" + path + "\" timeout=5");
  auto* connection_ptr = static_cast<sqlite3*>(connection());
  if (mode_ == Mode::view) {
    // The last connection to close would copy the log into the file: a server's next start does
    // that, with care for what a failed disk has left in it.
    sqlite_api::sqlite3_db_config(connection_ptr, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    return run_script("PRAGMA query_only=ON; PRAGMA temp_store=MEMORY;");
  }
  run_script(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
      "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-32768;");
  // The system's cache holds the file once for all readers.
  if (mode_ == Mode::read) run_script("PRAGMA query_only=ON; PRAGMA cache_size=-8192;");
  sqlite_api::sqlite3_wal_hook(connection_ptr, note_log_pages, &log_pages_);
}

Session::~Session() = default;

void* Session::connection() const {
  return static_cast<const soci::sqlite3_session_backend*>(
             const_cast<soci::session&>(soci_).get_backend())
      ->conn_;
}

bool Session::in_transaction() const {
  return sqlite_api::sqlite3_get_autocommit(static_cast<sqlite3*>(connection())) == 0;
}

Statement& Session::prepared(const Sql& sql, const Value* values, std::size_t count) {
  auto& list = statements_[&sql];
  for (const auto& statement : list)
    if (statement->fits(values, count)) return *statement;
  list.push_back(std::make_unique<Statement>(soci_, sql.text(), values, count));
  return *list.back();
}

std::int64_t Session::exec(const Sql& sql, const Value* values, std::size_t count) {
  try {
    return prepared(sql, values, count).exec(values, count);
  } catch (const soci::soci_error&) {
    rethrow(sql);
  }
}

void Session::query(const Sql& sql, const Value* values, std::size_t count,
                    const std::function<void(const Row&)>& each) {
  try {
    prepared(sql, values, count).query(values, count, each);
  } catch (const soci::soci_error&) {
    rethrow(sql);
  }
}

void Session::rethrow(const Sql& sql) {
  auto* connection_ptr = static_cast<sqlite3*>(connection());
  const int code = sqlite_api::sqlite3_extended_errcode(connection_ptr);
  // SOCI's own text holds the bound values; SQLite's message does not.
  const std::string what = std::string(sqlite_api::sqlite3_errmsg(connection_ptr)) + " (code " +
                           std::to_string(code) + ") in: " + name_of(sql);
  if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY)
    throw UniqueViolation(what);
  fail(code, what);
}

void Session::fail(int code, const std::string& what) const {
  // A reader that is asked to write says READONLY: a mistake of ours, not the storage's.
  const bool own_fault = mode_ != Mode::write && code == SQLITE_READONLY;
  if (is_storage_failure(code & 0xFF) && !own_fault) throw StorageFailed(what);
  throw DatabaseError(what);
}

int Session::run_checkpoint(int mode, int* copied) {
  auto* connection_ptr = static_cast<sqlite3*>(connection());
  const int code =
      sqlite_api::sqlite3_wal_checkpoint_v2(connection_ptr, nullptr, mode, nullptr, copied);
  if (code != SQLITE_OK && code != SQLITE_BUSY && code != SQLITE_LOCKED)
    fail(sqlite_api::sqlite3_extended_errcode(connection_ptr),
         std::string(sqlite_api::sqlite3_errmsg(connection_ptr)) + " in: checkpoint");
  return code;
}

int Session::checkpoint() {
  int copied = 0;
  run_checkpoint(SQLITE_CHECKPOINT_PASSIVE, &copied);
  return std::max(copied, 0);
}

void Session::empty_log() {
  if (run_checkpoint(SQLITE_CHECKPOINT_TRUNCATE, nullptr) != SQLITE_OK)
    throw DatabaseError("another program reads the database and hinders its recovery");
  log_pages_ = 0;
}

void Session::run_script(std::string_view sql) {
  char* message = nullptr;
  auto* connection_ptr = static_cast<sqlite3*>(connection());
  const int code = sqlite_api::sqlite3_exec(connection_ptr, std::string(sql).c_str(), nullptr,
                                            nullptr, &message);
  if (code == SQLITE_OK) return;
  const std::string what = message ? message : "unknown error";
  sqlite_api::sqlite3_free(message);
  fail(code, what);
}

}  // namespace tollgate::db
