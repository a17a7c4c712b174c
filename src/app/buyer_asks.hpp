// Questions to channels that a buyer's page causes: seldom, never waited for long, always owned.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/rate_limit.hpp"
#include "base/strong_id.hpp"
#include "outbox/tasks.hpp"

namespace tollgate::app {

/// Whoever has the link of an order can have its pages made as often as he likes. What that may
/// cost at the channel, and in rows of the record, is bounded here.
class BuyerAsks {
 public:
  struct Options {
    /// For each attempt: a buyer who comes back and reloads, then a page left to reload by itself.
    std::vector<Rate> rates{{1, 5'000}, {12, 60'000}};
    std::int64_t patience_ms = 3'000;  ///< How long a page waits for the answer.
    int running = 64;                  ///< Questions under way at once, at most.
  };
  /// Asks the channel about an attempt and applies what it says.
  using Ask = std::function<boost::asio::awaitable<void>(PayNo)>;

  BuyerAsks(Options options, Ask ask, const Clock& clock);

  /// Questions run on `executor` until stop(). Before the first ask().
  void start(boost::asio::any_io_executor executor);
  /// On that executor, when no ask() can come any more: returns when no question is under way.
  boost::asio::awaitable<void> stop();

  /// Has the channel asked, unless that was done a moment ago or too many are asked about already.
  /// Returns when the answer is applied, or when patience is at its end: then the question goes on
  /// alone. A channel that does not answer is no error. On any I/O thread.
  boost::asio::awaitable<void> ask(PayNo pay_no);

 private:
  using Answered = std::shared_ptr<outbox::Alarm>;
  boost::asio::awaitable<void> run(PayNo pay_no, Answered answered);

  const Options options_;
  const Ask ask_;
  RateLimit limit_;
  std::atomic<int> running_{0};
  boost::asio::any_io_executor executor_;
  std::unique_ptr<outbox::TaskGroup> tasks_;  // on executor_
};

}  // namespace tollgate::app
