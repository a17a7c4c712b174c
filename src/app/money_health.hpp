// Whether all money is explained: what is not, by kind, and the sums of each account.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "api/context.hpp"
#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "db/database.hpp"
#include "journal/balances.hpp"
#include "outbox/tasks.hpp"

namespace tollgate::app {

/// What wants a look; zero everywhere is the aim. docs/operations.md says what to do about each.
enum class Unexplained : std::uint8_t {
  payments_unknown,
  late_money_held,
  refunds_slow,
  deliveries_dead,
  differences_open,
  reconciliations_failed,
};
inline constexpr std::array unexplained_kinds{
    Unexplained::payments_unknown, Unexplained::late_money_held,
    Unexplained::refunds_slow,     Unexplained::deliveries_dead,
    Unexplained::differences_open, Unexplained::reconciliations_failed};
std::string_view to_string(Unexplained kind);
using UnexplainedCounts = std::array<std::int64_t, unexplained_kinds.size()>;

/// Looks once a minute, for the metrics, and when it is asked. The journal's balances are carried
/// on from look to look and kept now and then, so that neither a look nor a start reads all of it.
class MoneyHealth {
 public:
  static constexpr std::int64_t every_ms = 60'000;
  /// A refund that is pending for longer, and an attempt that is open for longer, want a look.
  static constexpr std::int64_t slow_ms = 86'400'000;
  /// Postings that are added up at once: some 25 ms of a reader.
  static constexpr int portion = 20'000;
  /// The balances are kept when so many postings have come since: at the journal's end, and on the
  /// way there.
  static constexpr std::int64_t keep_at_end = 10'000;
  static constexpr std::int64_t keep_underway = 200'000;

  MoneyHealth(db::Database& database, const Clock& clock, Metrics& metrics);

  /// GET /v1/health/money (admin). It refers to this object.
  std::vector<api::Route> routes();

  /// Looks until stop(), on `executor`; then keeps the balances.
  void start(boost::asio::any_io_executor executor);
  boost::asio::awaitable<void> stop();

 private:
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<void> look();
  /// Reads on in the journal to its end.
  boost::asio::awaitable<void> follow_journal();
  /// One portion; false at the end.
  boost::asio::awaitable<bool> read_on();
  /// Keeps the balances where at least so many postings are in them that are in no kept ones.
  boost::asio::awaitable<void> keep(std::int64_t least);
  net::Awaitable<Result<net::Response>> show();

  db::Database& database_;
  const Clock& clock_;
  std::array<std::atomic<std::int64_t>, unexplained_kinds.size()> counts_{};
  std::mutex mutex_;
  std::optional<journal::Standing> standing_;  // none: not loaded yet; under the mutex, as these:
  std::int64_t kept_ = 0;                      // what the kept balances go up to
  bool keeping_ = false;
  std::shared_ptr<outbox::Alarm> alarm_;
  std::unique_ptr<outbox::TaskGroup> tasks_;
  std::atomic<bool> stopping_{false};
};

UnexplainedCounts count_unexplained(db::Tx& tx, TimeMs now);

}  // namespace tollgate::app
