// Reconciliations from their beginning to their end: fetch the bill, match it, ask about what
// differs, say so. A job carries each; whatever dies on the way, it goes on from the row's stage.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/metrics.hpp"
#include "base/random.hpp"
#include "base/snowflake.hpp"
#include "channel/account.hpp"
#include "channel/driver.hpp"
#include "db/database.hpp"
#include "outbox/jobs.hpp"
#include "outbox/outbox.hpp"
#include "reconciliation/asker.hpp"
#include "reconciliation/differences.hpp"
#include "reconciliation/fetcher.hpp"
#include "reconciliation/matcher.hpp"

namespace tollgate::reconciliation {

inline constexpr std::string_view reconcile_job = "reconcile";
inline constexpr std::string_view daily_job = "reconcile_daily";

struct Options {
  bool daily = true;
  std::int64_t daily_at_s = 3 * 3'600;  ///< Of the UTC day.
  std::int64_t bill_lines_max = 10'000'000;
};

class Reconciler {
 public:
  struct Services {
    db::Database& database;
    outbox::Outbox& outbox;
    outbox::Jobs& jobs;
    channel::Driver& driver;
    channel::AccountBook& accounts;
    Snowflake& ids;
    const Clock& clock;
    Random& random;
    Metrics& metrics;
    Books& payments;
    Books& refunds;
  };
  Reconciler(Options options, Services services);

  /// A reconciliation with its job due at once; one that is over begins anew, one that is under way
  /// goes on. Errors: account_not_found, method_unavailable (its channel has no bills),
  /// invalid_request (/date: no date, or a day that has not begun).
  Result<Reconciliation> begin(db::Tx& tx, const std::string& account_id, const std::string& date);
  /// An operator has looked at a difference. Errors: difference_not_found.
  Result<Difference> resolve(db::Tx& tx, DifferenceId id, const std::string& note);

  /// Schedules the daily job where configuration wants it; at start.
  void schedule_daily(db::Tx& tx);

  // Handlers of the jobs.
  boost::asio::awaitable<outbox::JobResult> run(const outbox::Job& job);
  boost::asio::awaitable<outbox::JobResult> run_daily(const outbox::Job& job);

  db::Database& database() { return services_.database; }

 private:
  boost::asio::awaitable<outbox::JobResult> fetch(Reconciliation& r,
                                                  std::shared_ptr<channel::Account> account);
  boost::asio::awaitable<sdk::Outcome> fetch_both(Reconciliation& r,
                                                  std::shared_ptr<channel::Account> account);
  boost::asio::awaitable<outbox::JobResult> match(Reconciliation& r,
                                                  std::shared_ptr<channel::Account> account);
  boost::asio::awaitable<outbox::JobResult> ask(Reconciliation& r);
  boost::asio::awaitable<void> end(Reconciliation& r, Status status, std::string failure_code);
  boost::asio::awaitable<void> save(const Reconciliation& r);
  outbox::JobResult again(int tries, std::int64_t at_least_s);
  TimeMs next_daily(TimeMs now) const;
  void begin_due_days(db::Tx& tx, const channel::Account& account, TimeMs now);
  Result<Reconciliation> begin_day(db::Tx& tx, const channel::Account& account, const Day& day);

  Options options_;
  Services services_;
  Fetcher fetcher_;
  Matcher matcher_;
  Asker asker_;
};

/// As the API shows it, without the differences: in lists and events.
std::string summary_json(const Reconciliation& reconciliation, const differences::Counts& counts);

}  // namespace tollgate::reconciliation
