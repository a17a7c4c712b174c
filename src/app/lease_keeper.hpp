// The worker number of this process: leased, kept, given back; and the ids that it makes.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>

#include "base/snowflake.hpp"
#include "db/worker_lease.hpp"
#include "outbox/tasks.hpp"

namespace tollgate::app {

class LeaseKeeper {
 public:
  /// Takes a number; blocks. The file belongs to this process (SQLite), so what the dead held is
  /// void. `on_lost` is called, on the executor, when another has it: the process must end.
  LeaseKeeper(db::Database& database, const Clock& clock, Random& random,
              std::function<void()> on_lost);

  Snowflake& ids() { return ids_; }
  int worker() const { return lease_.worker(); }

  /// Renews it every WorkerLease::heartbeat_ms until stop().
  void start(boost::asio::any_io_executor executor);
  /// On the executor. Gives the number back, unless the storage has failed.
  boost::asio::awaitable<void> stop();

 private:
  boost::asio::awaitable<void> keep();

  db::Database& database_;
  const Clock& clock_;
  std::function<void()> on_lost_;
  db::WorkerLease lease_;
  Snowflake ids_;
  std::shared_ptr<outbox::Alarm> alarm_;
  std::unique_ptr<outbox::TaskGroup> tasks_;
  bool stopping_ = false;  // on the executor
};

}  // namespace tollgate::app
