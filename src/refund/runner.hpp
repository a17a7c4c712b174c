// Brings refunds to their channels: sends each under its one number, asks about those that the
// channel may have, until the channel has said how each ended. Whatever dies on the way, the job
// goes on from the row: `at_channel` is written before the request leaves.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/random.hpp"
#include "channel/account.hpp"
#include "channel/driver.hpp"
#include "db/database.hpp"
#include "refund/book.hpp"

namespace tollgate::refund {

class Runner {
 public:
  struct Options {
    std::string public_url;                  ///< Without a slash at the end.
    std::vector<std::int64_t> query_gaps_s;  ///< Then the last one again and again.
  };
  struct Services {
    db::Database& database;
    channel::Driver& driver;
    channel::AccountBook& accounts;
    const Clock& clock;
    Random& random;
    Book& book;
  };
  Runner(Options options, Services services);

  /// The handler of refund_job.
  boost::asio::awaitable<outbox::JobResult> run(const outbox::Job& job);

  /// Asks about a refund in whatever state, for whoever doubts our books, and applies what the
  /// channel says: its answer. Nothing where it cannot be asked.
  boost::asio::awaitable<std::optional<sdk::Outcome>> ask(RefundId id);

 private:
  boost::asio::awaitable<std::optional<sdk::Outcome>> ask_channel(const Refund& refund,
                                                                  sdk::OperationKind kind);
  sdk::OperationInput input_of(const Refund& refund, sdk::OperationKind kind) const;
  TimeMs next(const outbox::Job& job, const sdk::Outcome& outcome);

  Options options_;
  Services services_;
};

/// What the outcome of a refund's operation says. `foreign` where it names another receiver.
News news_of(const sdk::Outcome& outcome, bool foreign);

}  // namespace tollgate::refund
