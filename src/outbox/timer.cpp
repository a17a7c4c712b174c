#include "outbox/timer.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tollgate::outbox {

namespace asio = boost::asio;

namespace {

class SteadyTimer final : public Timer {
 public:
  explicit SteadyTimer(asio::any_io_executor executor) : timer_(std::move(executor)) {}

  asio::awaitable<void> wait(std::int64_t ms) override {
    boost::system::error_code ignored;
    timer_.expires_after(std::chrono::milliseconds(ms));
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  void cancel() override { timer_.cancel(); }

 private:
  asio::steady_timer timer_;
};

}  // namespace

asio::execution_context::id Timers::id;

std::unique_ptr<Timer> Timers::make(asio::any_io_executor executor) {
  return std::make_unique<SteadyTimer>(std::move(executor));
}

std::unique_ptr<Timer> make_timer(const asio::any_io_executor& executor) {
  auto& context = asio::query(executor, asio::execution::context);
  return asio::use_service<Timers>(context).make(executor);
}

}  // namespace tollgate::outbox
