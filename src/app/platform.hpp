// The modules, joined: everything between a request at the gate and the database, the channels and
// the receivers. No socket, no thread, no process matters; those are the shell's (application.hpp).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "app/config.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "base/snowflake.hpp"
#include "channel/account.hpp"
#include "db/database.hpp"
#include "net/http.hpp"
#include "net/http_client.hpp"

namespace tollgate::app {

/// What a platform stands on; all outlive it.
struct Ground {
  db::Database& database;
  net::HttpClient& client;
  Snowflake& ids;
  const Clock& clock;
  Random& random;
  Metrics& metrics;
};

class Platform {
 public:
  /// Wires the modules over a migrated database, frees there what a dead process held, and posts
  /// what is older than the journal. Nothing runs yet, no account is known. `master` is the key
  /// that all others are derived from. Blocks.
  Platform(const Config& config, const Secret<std::string>& master, const Ground& ground);
  /// After stop(), where start() was called and the executor lives on.
  ~Platform();
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;

  /// Accounts, API keys and webhooks' defaults, at the start and at a reload. Thread-safe.
  void use(const Config& config, channel::AccountBook::List accounts);
  std::size_t account_count() const;

  /// Runs jobs, the inbox's sweep and deliveries on `executor`, which is one thread's, until
  /// stop(). On it.
  void start(boost::asio::any_io_executor executor);
  /// Finishes what is under way and starts nothing more. On the executor.
  boost::asio::awaitable<void> stop();

  /// What GET /readyz answers. False until told; once it is false again, requests that wait for
  /// events are answered. Thread-safe.
  void set_ready(bool ready);
  /// Answers a request; never throws. From any executor.
  net::Awaitable<net::Response> handle(net::Request& request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tollgate::app
