// Notify, as app wires it: routes for the API, and the deliverer that sends what the outbox holds.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "api/context.hpp"
#include "base/secret.hpp"
#include "notify/parts.hpp"

namespace tollgate::notify {

struct Options {
  Policy policy;
  Bounds bounds;
  /// 32 random bytes, kept outside the database (a 0600 file): every webhook's secret is made from
  /// it. With another key all receivers' secrets are wrong.
  Secret<std::string> master_key;
};

class Notify {
 public:
  Notify(const Parts& parts, Options options);
  /// After stop(), where start() was called, and after the last request.
  ~Notify();

  /// Webhooks, events and deliveries; role admin. They refer to this object.
  std::vector<api::Route> routes();

  /// SIGHUP: tries and registrations that begin afterwards follow the new policy. Thread-safe.
  void set_policy(Policy policy);

  /// Delivers on `executor` until stop(). `sole_instance` (SQLite): what a dead process had begun
  /// is taken over at once.
  void start(boost::asio::any_io_executor executor, bool sole_instance);
  /// Consumers of the feed that wait for an event are answered now: a drain must not wait for them.
  /// Thread-safe.
  void release_waiting();
  /// Starts no further try and waits for those under way (at most the policy's timeout).
  boost::asio::awaitable<void> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tollgate::notify
