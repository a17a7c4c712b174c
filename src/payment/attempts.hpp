// Attempts at the channel: start one, ask about it, close it. One open attempt per order; an
// attempt is taken (calling_until) by whoever starts or closes it, so that two never act on it at
// once.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/snowflake.hpp"
#include "channel/account.hpp"
#include "channel/driver.hpp"
#include "db/database.hpp"
#include "outbox/jobs.hpp"
#include "payment/model.hpp"
#include "payment/ports.hpp"
#include "payment/settle.hpp"

namespace tollgate::payment {

struct Options {
  std::string public_url;                  ///< Without a slash at the end.
  std::vector<std::int64_t> query_gaps_s;  ///< Then the last one again and again.
  std::int64_t channel_timeout_ms = 15'000;
};

/// An attempt stays taken for so long after the channel must have answered.
inline constexpr std::int64_t lease_margin_ms = 5'000;

/// What the attempts are built over; all outlive them.
struct Services {
  db::Database& database;
  outbox::Outbox& outbox;
  outbox::Jobs& jobs;
  channel::Driver& driver;
  channel::AccountBook& accounts;
  OrdersOfPayment& orders;
  Snowflake& ids;
  const Clock& clock;
  Random& random;
  Settler& settler;
};

/// What a caller asks for.
struct StartRequest {
  OrderId order_id;
  std::string account_id, channel, method, client_ip, return_url, openid;
  std::string traceparent;  ///< W3C trace context, passed on to the channel; or empty.
  Once* once = nullptr;     ///< Outlives start(); or none.
};

class Attempts {
 public:
  Attempts(Options options, Services services);

  /// Closes the open attempt, makes a new one and asks the channel for its pay material. Errors:
  /// order_not_found, order_already_paid, order_closed, payment_in_progress, invalid_request,
  /// method_unavailable, channel_unavailable (the attempt stays, the query timer settles it),
  /// channel_refused, channel_busy; those of request.once.
  boost::asio::awaitable<Result<Payment>> start(StartRequest request);

  /// Asks the channel and applies what it says; where the buyer has approved and the order still
  /// takes money, captures it too. Errors: payment_not_found, channel_unavailable, channel_busy.
  boost::asio::awaitable<Result<Payment>> query(PayNo pay_no);

  /// Asks about an attempt in whatever state, for whoever doubts our books, and applies what the
  /// channel says: its answer. Errors: payment_not_found.
  boost::asio::awaitable<Result<sdk::Outcome>> ask(PayNo pay_no);

  /// Closes a pending attempt at the channel and confirms. `ask_first`: it may well be paid.
  /// Errors: order_already_paid (it was paid, which has been applied), payment_in_progress,
  /// channel_unavailable, channel_busy: with these three nothing has changed.
  boost::asio::awaitable<Result<void>> close(PayNo pay_no, bool ask_first);
  /// The order's open attempt, if any. Errors: those of close().
  boost::asio::awaitable<Result<void>> close_open(OrderId id);

  // Handlers of the jobs.
  boost::asio::awaitable<outbox::JobResult> run_query_job(const outbox::Job& job);
  boost::asio::awaitable<outbox::JobResult> run_watch_job(const outbox::Job& job);
  boost::asio::awaitable<outbox::JobResult> run_close_job(const outbox::Job& job);
  boost::asio::awaitable<outbox::JobResult> run_capture_job(const outbox::Job& job);

  Services& services() { return services_; }

 private:
  struct Checked;
  struct Prepared;
  boost::asio::awaitable<Result<Checked>> check(const StartRequest& request);
  Result<Prepared> prepare(const StartRequest& request, const Checked& checked);
  boost::asio::awaitable<Result<void>> make_room(const StartRequest& request, PayNo open);
  boost::asio::awaitable<Result<Payment>> place(Prepared prepared);
  Result<void> intend(db::Tx& tx, Prepared& prepared);
  Result<Payment> finish_start(db::Tx& tx, const Payment& payment, const sdk::Outcome& outcome,
                               bool receiver_matches);
  /// `expires_at`: of the order, where the operation must know it.
  boost::asio::awaitable<sdk::Outcome> operate(Payment payment, sdk::OperationKind kind,
                                               TimeMs expires_at = {});
  boost::asio::awaitable<void> capture(PayNo pay_no);
  boost::asio::awaitable<Result<void>> close_taken(Payment payment, bool ask_first);
  /// What applying an outcome did, and whether the attempt is paid afterwards.
  struct Applied {
    Settled settled = Settled::nothing;
    bool paid = false;
  };
  Applied apply(db::Tx& tx, PayNo pay_no, const sdk::Outcome& outcome, std::string_view source);
  boost::asio::awaitable<Applied> settle_now(PayNo pay_no, const sdk::Outcome& outcome,
                                             std::string_view source);
  boost::asio::awaitable<std::optional<Payment>> read(PayNo pay_no);
  sdk::OperationInput input_of(const Payment& payment, sdk::OperationKind kind) const;
  TimeMs next_query(int attempt, TimeMs now);

  Options options_;
  Services services_;
};

}  // namespace tollgate::payment
