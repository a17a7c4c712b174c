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
  /// A view stands beside a server: it reads, and leaves file and log as they are.
  enum class Mode { write, read, view };

  /// Opens with WAL, synchronous=FULL, foreign keys; a reader is query_only, and so is a view,
  /// which takes the file as it finds it. Nothing is copied out of the log but by checkpoint().
  /// Throws DatabaseError.
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

  /// Pages in the log after the last commit of this session.
  int log_pages() const { return log_pages_; }
  /// Copies the log into the database and syncs it, as far as readers allow, and answers how many
  /// pages of it are copied now. Another connection may commit meanwhile. SQLite's own checkpoints
  /// do the same but keep their failures to themselves. Throws StorageFailed.
  int checkpoint();
  /// The same to the end, and empties the log. Throws DatabaseError where another program reads.
  void empty_log();

 private:
  Statement& prepared(const Sql& sql, const Value* values, std::size_t count);
  [[noreturn]] void rethrow(const Sql& sql);
  void* connection() const;
  int run_checkpoint(int mode, int* copied);
  void open(const std::string& path);
  [[noreturn]] void fail(int code, const std::string& what) const;

  const Mode mode_;
  int log_pages_ = 0;
  soci::session soci_;
  std::unordered_map<const Sql*, std::vector<std::unique_ptr<Statement>>> statements_;
};

}  // namespace tollgate::db
