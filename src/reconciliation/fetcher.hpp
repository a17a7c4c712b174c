// Brings a day's bill from the channel into rows, without ever holding it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <vector>

#include "channel/account.hpp"
#include "channel/driver.hpp"
#include "db/database.hpp"
#include "reconciliation/model.hpp"

namespace tollgate::reconciliation {

class Fetcher {
 public:
  Fetcher(db::Database& database, channel::Driver& driver) : database_(database), driver_(driver) {}

  /// Replaces the lines of `reconciliation` by those of the bill and counts them into it. The lines
  /// count only where the outcome is succeeded.
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
};

}  // namespace tollgate::reconciliation
