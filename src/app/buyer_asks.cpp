#include "app/buyer_asks.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/log.hpp"

namespace tollgate::app {

BuyerAsks::BuyerAsks(Options options, Ask ask, const Clock& clock)
    : options_(std::move(options)), ask_(std::move(ask)), limit_(clock, options_.rates) {}

void BuyerAsks::start(boost::asio::any_io_executor executor) {
  executor_ = executor;
  tasks_ = std::make_unique<outbox::TaskGroup>(executor);
}

boost::asio::awaitable<void> BuyerAsks::stop() {
  co_await tasks_->join();
}

boost::asio::awaitable<void> BuyerAsks::ask(PayNo pay_no) {
  if (limit_.take(pay_no.str()) > 0) co_return;
  if (running_.fetch_add(1) >= options_.running) {
    --running_;
    co_return;
  }
  const auto here = co_await boost::asio::this_coro::executor;
  const auto answered = std::make_shared<outbox::Alarm>(here);
  boost::asio::post(
      executor_, [this, pay_no, answered] { tasks_->spawn("buyer.ask", run(pay_no, answered)); });
  co_await answered->wait(options_.patience_ms);
}

boost::asio::awaitable<void> BuyerAsks::run(PayNo pay_no, Answered answered) {
  try {
    co_await ask_(pay_no);
  } catch (const std::exception& e) {
    log::error("buyer.ask_failed", {{"pay_no", pay_no}, {"error", e.what()}});
  }
  --running_;
  answered->ring();
}

}  // namespace tollgate::app
