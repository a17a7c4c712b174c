// Sends what is pending. Each endpoint has its own queue, its own bound of tries under way and its
// own clock, so that one that hangs or fails delays no other (P10).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>

#include "notify/parts.hpp"
#include "notify/signing.hpp"

namespace tollgate::notify {

/// Claims deliveries in batches (claims.hpp), tries them, and writes the results in groups, behind
/// a fencing token. A crash between a try and its result tries it again, under the same webhook-id
/// (P4, P11). An endpoint whose tries fail one after another is tried one at a time, so that many
/// dead endpoints cannot fill the common bound.
class Deliverer {
 public:
  /// The clock is asked at least this often.
  static constexpr std::int64_t poll_ms = 1'000;
  /// Rows of earlier lives and of other instances are looked for this often.
  static constexpr std::int64_t sweep_ms = 10'000;

  /// `policy` is asked at each try.
  Deliverer(const Parts& parts, const KeyMaker& keys, const Bounds& bounds,
            const CurrentPolicy& policy);
  /// After stop(), where start() was called.
  ~Deliverer();

  /// `sole_instance` (SQLite): claims need not be written, and leases of an earlier life end at
  /// once instead of by themselves.
  void start(boost::asio::any_io_executor executor, bool sole_instance);
  /// Starts no further try and waits for those under way (at most the policy's timeout).
  boost::asio::awaitable<void> stop();

  /// The endpoint has due deliveries. Called for new ones by itself. Thread-safe; cheap.
  void wake(WebhookId webhook);
  /// The endpoint's row has changed: nothing more is sent to it before it was read again.
  /// Thread-safe.
  void refresh(WebhookId webhook);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tollgate::notify
