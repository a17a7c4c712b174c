// A durable inbox and nothing else: one thread, the C API, group commit, one row a notice.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bench/sqlite.hpp"

namespace tollgate::bench {

class Inbox {
 public:
  struct Row {
    std::string event_id;
    std::string body;
    std::function<void()> done;  ///< Called on the inbox's thread, once the row is durable.
  };

  explicit Inbox(const std::string& path) : db_(path) {
    db_.run(
        "CREATE TABLE inbox (id INTEGER PRIMARY KEY, account_id TEXT NOT NULL,"
        "event_id TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (account_id, event_id))");
    thread_ = std::thread([this] { write_groups(); });
  }
  ~Inbox() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    arrived_.notify_one();
    thread_.join();
  }
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  /// Thread-safe.
  void add(Row row) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(row));
    }
    arrived_.notify_one();
  }

 private:
  void write_groups() {
    Prepared begin(db_, "BEGIN IMMEDIATE");
    Prepared commit(db_, "COMMIT");
    Prepared insert(db_, "INSERT INTO inbox (id, account_id, event_id, body) VALUES (?, ?, ?, ?)");
    std::vector<Row> group;
    while (take(group)) {
      begin.run();
      for (const auto& row : group) insert.run(++last_id_, "wx-main", row.event_id, row.body);
      commit.run();
      for (const auto& row : group) row.done();
      group.clear();
    }
  }

  bool take(std::vector<Row>& group) {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    group.swap(waiting_);
    return !group.empty();
  }

  Sqlite db_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Row> waiting_;  // guarded
  bool closed_ = false;       // guarded
  std::int64_t last_id_ = 0;
  std::thread thread_;
};

}  // namespace tollgate::bench
