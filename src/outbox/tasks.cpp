#include "outbox/tasks.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.hpp"

namespace tollgate::outbox {

namespace asio = boost::asio;

void Alarm::ring() {
  if (ringing_.exchange(true)) return;
  asio::post(strand_, [self = shared_from_this()] {
    self->ringing_ = false;
    self->rung_ = true;
    self->timer_.cancel();
  });
}

asio::awaitable<void> Alarm::wait(std::int64_t ms) {
  if (!rung_) {
    boost::system::error_code ignored;
    timer_.expires_after(std::chrono::milliseconds(ms));
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  rung_ = false;
}

void TaskGroup::spawn(const char* name, asio::awaitable<void> task) {
  ++count_;
  auto ended = [this, name](std::exception_ptr error) {
    if (error) log::error("task.failed", {{"task", name}, {"error", describe(error)}});
    if (--count_ == 0) idle_.cancel();
  };
  asio::co_spawn(strand_, std::move(task), asio::bind_executor(strand_, std::move(ended)));
}

asio::awaitable<void> TaskGroup::join() {
  while (count_ > 0) {
    boost::system::error_code ignored;
    idle_.expires_at(asio::steady_timer::time_point::max());
    co_await idle_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

std::string describe(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown exception";
  }
}

}  // namespace tollgate::outbox
