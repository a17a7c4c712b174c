#include "db/session.hpp"

#include <soci/sqlite3/soci-sqlite3.h>

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

/// The statement's beginning, never its values.
std::string name_of(const Sql& sql) {
  return sql.text().substr(0, 60);
}

}  // namespace

Session::Session(const std::string& path, Mode mode) {
  try {
    soci_.open(soci::sqlite3, "db=\"" + path + "\" timeout=5");
    run_script(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-32768;");
    if (mode == Mode::read) run_script("PRAGMA query_only=ON;");
  } catch (const soci::soci_error& e) {
    throw DatabaseError("cannot open " + path + ": " + e.get_error_message());
  }
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
  if (is_storage_failure(code & 0xFF)) throw StorageFailed(what);
  throw DatabaseError(what);
}

void Session::run_script(std::string_view sql) {
  char* message = nullptr;
  auto* connection_ptr = static_cast<sqlite3*>(connection());
  const int code = sqlite_api::sqlite3_exec(connection_ptr, std::string(sql).c_str(), nullptr,
                                            nullptr, &message);
  if (code == SQLITE_OK) return;
  const std::string what = message ? message : "unknown error";
  sqlite_api::sqlite3_free(message);
  if (is_storage_failure(code & 0xFF)) throw StorageFailed(what);
  throw DatabaseError(what);
}

}  // namespace tollgate::db
