#include "app/buyer_asks.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <mutex>

#include "app/background.hpp"

using namespace tollgate;
using namespace tollgate::app;

namespace {

constexpr std::int64_t long_ms = 60'000;

/// A channel that answers when it is let; questions run on a thread of their own.
class Channel {
 public:
  boost::asio::awaitable<void> ask(PayNo pay_no) {
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(pay_no.value());
    }
    const auto here = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer pause(here);
    while (!answers) {
      pause.expires_after(std::chrono::milliseconds(1));
      co_await pause.async_wait(boost::asio::use_awaitable);
    }
    if (breaks) throw std::runtime_error("disk");
    ++done;
  }
  std::vector<std::int64_t> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

  std::atomic<bool> answers{true}, breaks{false};
  std::atomic<int> done{0};

 private:
  mutable std::mutex mutex_;
  std::vector<std::int64_t> asked_;
};

struct Site {
  boost::asio::io_context io;  // of the pages: outlives the questions, as a server's does
  ManualClock clock;
  Channel channel;
  Background background;
  BuyerAsks asks;

  explicit Site(std::int64_t patience_ms = long_ms, int running = 64)
      : asks(
            {{{1, 5'000}, {12, 60'000}}, patience_ms, running},
            [this](PayNo pay_no) { return channel.ask(pay_no); }, clock) {
    asks.start(background.executor());
  }
  ~Site() {
    channel.answers = true;
    background.run(asks.stop());
  }
  void visit(std::int64_t pay_no) {
    auto visited = boost::asio::co_spawn(io, asks.ask(PayNo(pay_no)), boost::asio::use_future);
    io.restart();
    io.run();
    visited.get();
  }
};

using Asked = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("a page waits for the channel's answer", "[unit][buyer]") {
  Site site;
  site.visit(7);
  CHECK(site.channel.done == 1);
}

TEST_CASE("pages that come again and again ask once in five seconds, then once a minute",
          "[unit][buyer]") {
  Site site;
  for (int i = 0; i < 50; ++i) site.visit(7);
  CHECK(site.channel.asked() == Asked{7});
  site.visit(8);
  CHECK(site.channel.asked() == Asked{7, 8});
  for (int i = 0; i < 600; ++i) {
    site.clock.advance_ms(1'000);
    site.visit(7);
  }
  // 12 at once would be done after a minute; ten minutes have given ten more.
  CHECK(site.channel.asked().size() <= 24);
  CHECK(site.channel.asked().size() >= 20);
}

TEST_CASE("a channel that does not answer keeps a page for a moment only, and the question goes on",
          "[unit][buyer]") {
  Site site(1);
  site.channel.answers = false;
  site.visit(7);
  CHECK(site.channel.done == 0);
  site.channel.answers = true;
  site.background.run(site.asks.stop());
  CHECK(site.channel.done == 1);
}

TEST_CASE("only so many questions are under way at once", "[unit][buyer]") {
  Site site(1, 2);
  site.channel.answers = false;
  for (const std::int64_t pay_no : {1, 2, 3, 4}) site.visit(pay_no);
  site.channel.answers = true;
  site.background.run(site.asks.stop());
  CHECK(site.channel.asked() == Asked{1, 2});
  site.visit(5);  // which waits for a moment only
  site.background.run(site.asks.stop());
  CHECK(site.channel.asked() == Asked{1, 2, 5});
}

TEST_CASE("a question that fails inside lets the page go on", "[unit][buyer]") {
  Site site;
  site.channel.breaks = true;
  site.visit(7);
  site.channel.breaks = false;
  site.visit(8);
  CHECK(site.channel.asked() == Asked{7, 8});
  CHECK(site.channel.done == 1);
}
