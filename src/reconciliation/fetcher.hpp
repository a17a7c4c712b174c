// Brings a day's bill from the channel into rows, without ever holding it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>

#include "channel/account.hpp"
#include "channel/driver.hpp"
#include "db/database.hpp"
#include "reconciliation/model.hpp"

namespace tollgate::reconciliation {

class Fetcher {
 public:
  Fetcher(db::Database& database, channel::Driver& driver, std::int64_t lines_max)
      : database_(database), driver_(driver), lines_max_(lines_max) {}

  /// Replaces the lines of `reconciliation` by those of the bill and counts them into it. They are
  /// kept only where the outcome is succeeded; failed with "too_many_lines" where there are more
  /// than `lines_max`.
  boost::asio::awaitable<sdk::Outcome> fetch(Reconciliation& reconciliation,
                                             std::shared_ptr<channel::Account> account);
  /// The bill of funds, what came into the merchant's account and left it: its sums go into
  /// `reconciliation`, its lines are not kept. rejected where the channel has none.
  boost::asio::awaitable<sdk::Outcome> fetch_funds(Reconciliation& reconciliation,
                                                   std::shared_ptr<channel::Account> account);

 private:
  boost::asio::awaitable<sdk::Outcome> run(const Reconciliation& of,
                                           std::shared_ptr<channel::Account> account,
                                           std::string bill_type, channel::LineSink sink);
  boost::asio::awaitable<void> drop_lines(ReconciliationId id);

  db::Database& database_;
  channel::Driver& driver_;
  std::int64_t lines_max_;
};

}  // namespace tollgate::reconciliation
