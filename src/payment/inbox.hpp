// The one endpoint for all channels' callbacks: verify → settled and durable → ACK (P1, P8).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/snowflake.hpp"
#include "channel/account.hpp"
#include "channel/driver.hpp"
#include "db/database.hpp"
#include "payment/settle.hpp"

namespace tollgate::payment {

class Inbox {
 public:
  struct Services {
    db::Database& database;
    channel::Driver& driver;
    channel::AccountBook& accounts;
    Snowflake& ids;
    const Clock& clock;
    Metrics& metrics;
    Settler& settler;
    RefundsOfPayment& refunds;
  };
  explicit Inbox(Services services);
  ~Inbox();

  /// Answers the channel: its ACK once the notice is durable (duplicates and mismatches too), with
  /// what it changes in one unit of work; its NACK where the notice is not authentic. A notice that
  /// our books refuse is durable alone. Error: account_not_found. Throws db::DatabaseError or
  /// db::Overloaded where the notice could not be made durable: the channel must come again.
  boost::asio::awaitable<Result<net::Response>> receive(std::string account_id,
                                                        net::Request& request);

  /// Settles what is durable alone, of an earlier life too, on `executor` until stop().
  void start(boost::asio::any_io_executor executor);
  boost::asio::awaitable<void> stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace tollgate::payment
