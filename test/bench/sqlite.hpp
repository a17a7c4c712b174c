// The C API of SQLite as thinly as it can be used from C++: what the raw figures are made with.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tollgate::bench {

class Sqlite {
 public:
  /// Opens or creates a file with the product's settings.
  explicit Sqlite(const std::string& path) {
    const int code = sqlite3_open(path.c_str(), &handle_);
    if (code != SQLITE_OK) throw std::runtime_error("cannot open " + path);
    run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-32768; PRAGMA busy_timeout=5000;");
  }
  ~Sqlite() { sqlite3_close(handle_); }
  Sqlite(const Sqlite&) = delete;
  Sqlite& operator=(const Sqlite&) = delete;

  void run(const std::string& sql) {
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(handle_));
  }
  void run_file(const std::string& path) {
    std::ifstream in(path);
    if (!in) throw std::runtime_error("cannot read " + path);
    std::ostringstream text;
    text << in.rdbuf();
    run(text.str());
  }
  sqlite3* handle() const { return handle_; }

 private:
  sqlite3* handle_ = nullptr;
};

/// A prepared statement. Texts are bound without a copy: they live until run() has returned.
class Prepared {
 public:
  Prepared(const Sqlite& db, std::string_view sql) : db_(db.handle()) {
    if (sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                           &statement_, nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(db_));
  }
  ~Prepared() { sqlite3_finalize(statement_); }
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;

  /// Binds the arguments in order and steps to the end. False where a constraint refused the row.
  template <class... Args>
  bool run(const Args&... args) {
    int at = 0;
    (bind(++at, args), ...);
    const int code = sqlite3_step(statement_);
    sqlite3_reset(statement_);
    if (code == SQLITE_CONSTRAINT) return false;
    if (code != SQLITE_DONE && code != SQLITE_ROW) throw std::runtime_error(sqlite3_errmsg(db_));
    return true;
  }

 private:
  void bind(int at, std::int64_t value) { sqlite3_bind_int64(statement_, at, value); }
  void bind(int at, std::nullptr_t) { sqlite3_bind_null(statement_, at); }
  void bind(int at, std::string_view text) {
    sqlite3_bind_text(statement_, at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  }

  sqlite3* db_;
  sqlite3_stmt* statement_ = nullptr;
};

}  // namespace tollgate::bench
