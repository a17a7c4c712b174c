// One connection to SQLite with its cached statements. Belongs to one thread.
#pragma once

#include <soci/soci.h>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "db/database.hpp"
#include "db/statement.hpp"

namespace tollgate::db {

/// The storage itself failed (I/O error, disk full, corruption): the process must stop.
class StorageFailed : public DatabaseError {
 public:
  using DatabaseError::DatabaseError;
};

class Session {
 public:
  enum class Mode { write, read };

  /// Opens with WAL, synchronous=FULL, foreign keys; a reader is query_only. Throws DatabaseError.
  Session(const std::string& path, Mode mode);
  ~Session();

  std::int64_t exec(const Sql& sql, const Value* values, std::size_t count);
  void query(const Sql& sql, const Value* values, std::size_t count,
             const std::function<void(const Row&)>& each);
  void exec(const Sql& sql) { exec(sql, nullptr, 0); }

  /// Several statements, not prepared.
  void run_script(std::string_view sql);

  /// False once SQLite has rolled the transaction back by itself.
  bool in_transaction() const;

 private:
  Statement& prepared(const Sql& sql, const Value* values, std::size_t count);
  [[noreturn]] void rethrow(const Sql& sql);
  void* connection() const;

  soci::session soci_;
  std::unordered_map<const Sql*, std::vector<std::unique_ptr<Statement>>> statements_;
};

}  // namespace tollgate::db
