// Lays a fetched bill against our books, both ways, and writes down what differs.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/snowflake.hpp"
#include "db/database.hpp"
#include "journal/posting.hpp"
#include "reconciliation/model.hpp"
#include "reconciliation/ports.hpp"
#include "reconciliation/totals.hpp"

namespace tollgate::reconciliation {

/// A payment that we booked so close to midnight may stand in the neighbouring day's bill …
inline constexpr std::int64_t midnight_ms = 15 * 60'000;
/// … which is waited for so long.
inline constexpr std::int64_t pool_ms = 3 * 86'400'000LL;
/// More differences than this are no differences: the account or the day is a wrong one.
inline constexpr std::int64_t differences_max = 100'000;

class Matcher {
 public:
  struct Services {
    db::Database& database;
    Snowflake& ids;
    const Clock& clock;
    Books& payments;
    Books& refunds;
  };
  explicit Matcher(Services services) : services_(services) {}

  /// Nothing where it came to an end, else the failure's code: too_many_differences, or
  /// bill_out_of_bounds where its sums are none. Totals go into `reconciliation`, what the channel
  /// kept of what agrees into the journal. Runs again to the same result.
  boost::asio::awaitable<std::optional<std::string>> match(Reconciliation& reconciliation,
                                                           std::optional<std::int64_t> fee_ppm);
  /// Lines that this bill has brought for what earlier days missed; what waited for too long is to
  /// be asked about.
  boost::asio::awaitable<void> settle_waiting(const Reconciliation& reconciliation);

 private:
  struct Run;
  boost::asio::awaitable<void> their_side(Run& run);
  boost::asio::awaitable<void> our_side(Run& run, Subject subject);
  boost::asio::awaitable<void> record(Run& run);
  Books& books_of(Subject subject);

  Services services_;
};

}  // namespace tollgate::reconciliation
