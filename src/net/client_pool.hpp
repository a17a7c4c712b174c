// The idle connections of one io_context.
#pragma once

#include <atomic>
#include <boost/asio/execution_context.hpp>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "net/client_connection.hpp"

namespace tollgate::net {

/// Used by its context's thread alone, but for dead().
class ClientPool {
 public:
  ClientPool(std::size_t idle_per_host, std::int64_t idle_ms);

  /// A connection under `key` that is still quiet and whose address `allow` (where set) accepts;
  /// the youngest first. Stale ones met on the way are closed. Null where there is none.
  std::shared_ptr<ClientConnection> take(const std::string& key, const AllowAddress& allow);
  void put(const std::string& key, std::shared_ptr<ClientConnection> connection);
  void clear();

  /// Look-ups under way, also those that nobody waits for any more.
  bool lookup_begins();
  void lookup_ends() { --lookups_; }

  /// The context has ended: whatever has its address now is another one.
  void die();
  bool dead() const { return dead_; }

 private:
  struct Idle {
    std::shared_ptr<ClientConnection> connection;
    Deadline expiry;
  };
  void drop_expired(Deadline now);
  void drop_oldest();

  const std::size_t idle_per_host_;
  const std::chrono::milliseconds idle_time_;
  std::map<std::string, std::deque<Idle>> idle_;  // of each host, the oldest first
  std::size_t idle_total_ = 0;
  std::size_t lookups_ = 0;
  std::atomic<bool> dead_{false};
};

/// The pools of one client by context. Thread-safe.
class ClientPools {
 public:
  ClientPools(std::size_t idle_per_host, std::int64_t idle_ms);

  std::shared_ptr<ClientPool> of(boost::asio::execution_context& context);
  /// Empties the pools that this thread has used.
  void clear_of_this_thread();

 private:
  struct Entry {
    std::shared_ptr<ClientPool> pool;
    std::thread::id thread;
  };
  const std::size_t idle_per_host_;
  const std::int64_t idle_ms_;
  std::mutex mutex_;
  std::map<boost::asio::execution_context*, Entry> pools_;
};

}  // namespace tollgate::net
