// Runs a plugin's operations: sends what it asks for, keeps the record, guards the rest of the
// house from it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/snowflake.hpp"
#include "channel/account.hpp"
#include "channel/bill.hpp"
#include "db/database.hpp"
#include "net/http_client.hpp"

namespace tollgate::channel {

struct DriverOptions {
  std::int64_t channel_timeout_ms = 15'000;  ///< A whole operation, all its exchanges.
  std::int64_t callback_max_age_s = 300;
  std::int64_t bill_timeout_ms = 3'600'000;  ///< A bill with all its pages.
};

/// How a handler of the chain sees an operation.
struct OperationView {
  const Account& account;
  sdk::OperationKind kind;  ///< callback_kind (words.hpp) for a callback.
  std::string_view pay_no;
  std::string_view refund_no;
  bool sends = false;  ///< It has something to send; else it ends at once.
  // At its end:
  std::optional<sdk::Transport> transport =
      std::nullopt;  ///< Of the last exchange; nothing was sent: none.
  int status = 0;    ///< HTTP status of the last exchange.
  std::int64_t duration_ms = 0;
};

/// One link around every operation: audit, metrics, breaker, alert. Adding one changes no plugin.
/// Every before() that refused nothing is followed by exactly one of after() and exception(); a
/// callback has no before() and reaches exception() only. Called on any I/O thread, at the same
/// time.
class OperationHandler {
 public:
  virtual ~OperationHandler() = default;
  /// An outcome here refuses the operation before anything is sent.
  virtual std::optional<sdk::Outcome> before(const OperationView&, Account&) {
    return std::nullopt;
  }
  virtual void after(const OperationView&, Account&, const sdk::Outcome&,
                     std::int64_t /*duration_ms*/) {}
  /// The plugin threw or answered garbage: the outcome is unknown (reason plugin_exception).
  virtual void exception(const OperationView&, Account&, const std::string& /*what*/) {}
};

class Driver;

/// One operation: prepared (its first request is known, nothing was sent), run once, recorded.
///   tx1: record_intent(tx) with the caller's own rows → run() → tx2: record_outcome(tx) with its
///   effects.
/// An exchange that tx1 recorded and tx2 did not stays without an outcome: the evidence of a crash.
class Call {
 public:
  Call(Call&&) noexcept;
  Call& operator=(Call&&) noexcept;
  ~Call();

  /// W3C trace context to send along with every request; empty: none. Before run().
  void trace(std::string traceparent);

  /// Writes the exchange row of the first request (none where the operation sends nothing).
  void record_intent(db::Tx& tx);
  /// Sends and resumes until the plugin is done: at most 8 sends and the channel's timeout. Never
  /// throws for what plugin or channel do: that is unknown (reason plugin_exception) in the
  /// outcome. Once only.
  boost::asio::awaitable<sdk::Outcome> run();
  /// The same for a bill: its lines go to `lines` as they are read, and count only where the
  /// outcome is succeeded.
  boost::asio::awaitable<sdk::Outcome> run(LineSink lines);
  /// Completes the exchange rows (and writes those of later requests; all, where there was no
  /// record_intent).
  void record_outcome(db::Tx& tx);

 private:
  friend class Driver;
  struct Impl;
  explicit Call(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// What a callback was found to be.
struct Judgement {
  sdk::CallbackVerdict verdict;
  bool receiver_matches = false;  ///< The notice is for this account's receiver.
};

/// Thread-safe. Lives as long as every Call.
class Driver {
 public:
  Driver(DriverOptions options, net::HttpClient& client, db::Database& database, Snowflake& ids,
         const Clock& clock, Metrics& metrics);
  ~Driver();

  /// Adds a link to the chain's end; at start only.
  void add_handler(std::unique_ptr<OperationHandler> handler);

  /// Prepares an operation. What the plugin does not declare is refused before it is asked
  /// (method_unavailable).
  Result<Call> begin(std::shared_ptr<Account> account, const Capability& capability,
                     sdk::OperationInput input);

  /// Judges a callback; exchanges that it needs (certificates) are sent and recorded.
  boost::asio::awaitable<Judgement> judge(std::shared_ptr<Account> account,
                                          const net::Request& request);

  /// True where the outcome's receiver is the account's. An empty receiver never matches.
  static bool receiver_matches(const Account& account, const sdk::Outcome& outcome);

 private:
  friend class Call;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A recorded exchange, for `GET /v1/payments/{pay_no}/exchanges`.
class ExchangeStore {
 public:
  struct Shown {
    ExchangeId id;
    /// {id, operation, direction, method, url, request, response, status, outcome, duration_ms,
    /// created_at}
    std::string json;
  };
  /// Ids below `before`, newest first. Secrets are masked when stored.
  static std::vector<Shown> list(db::Tx& tx, PayNo pay_no, std::int64_t before, int limit);
};

}  // namespace tollgate::channel
