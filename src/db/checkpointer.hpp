// Keeps the write-ahead log short beside the writer, so that commits seldom wait for it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "db/session.hpp"
#include "db/units.hpp"

namespace tollgate::db {

/// Copies the log into the database on a thread and a connection of its own while commits go on.
/// SQLite begins the log anew only where a commit finds all of it copied, which under load never
/// happens by itself: a long log's short rest is copied on the writer's thread.
///
/// No copy is begun of a log that is copied already: a commit could begin that log anew meanwhile,
/// and SQLite before 3.51.3 then takes the new log's pages for copied, and loses them
/// (sqlite.org/wal.html#walresetbug). While a part is left, the log cannot begin anew.
///
/// After a failed sync of the database file nothing in it can be relied on, though the log would
/// still take commits, and another sync would not tell: GroupWriter::break_down, and no copying
/// from then on.
class Checkpointer {
 public:
  /// `path` is of an existing database; both must outlive this. Throws DatabaseError.
  Checkpointer(const std::string& path, GroupWriter& committer);
  ~Checkpointer() { stop(); }
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// On the writer's thread, after a commit: the log has so many pages now.
  void committed(int log_pages);
  /// Finishes a copy that is under way. The writer has stopped.
  void stop();

 private:
  void loop();
  void copy();
  bool has_rest();

  GroupWriter& committer_;
  Session session_;
  std::mutex copying_;  ///< Held while the log is copied; guards session_.

  std::mutex mutex_;
  std::condition_variable changed_;
  int log_pages_ = 0;  // guarded: after the last commit that was told
  int copied_ = 0;     // guarded: pages of the log that the database has; exact while nobody copies
  bool wanted_ = false;  // guarded
  bool ending_ = false;  // guarded
  std::thread thread_;
};

}  // namespace tollgate::db
