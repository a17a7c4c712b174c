#include "outbox/tasks.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "base/log.hpp"

namespace tollgate::outbox {

namespace asio = boost::asio;

namespace {

constexpr std::int64_t a_day_ms = 86'400'000;  // the last task ends the wait

}  // namespace

void Alarm::ring() {
  if (ringing_.exchange(true)) return;
  asio::post(strand_, [self = shared_from_this()] {
    self->ringing_ = false;
    self->rung_ = true;
    self->timer_->cancel();
  });
}

asio::awaitable<void> Alarm::wait(std::int64_t ms) {
  if (!rung_) co_await timer_->wait(ms);
  rung_ = false;
}

void TaskGroup::spawn(const char* name, asio::awaitable<void> task) {
  ++count_;
  auto ended = [this, name](std::exception_ptr error) {
    if (error) log::error("task.failed", {{"task", name}, {"error", describe(error)}});
    if (--count_ == 0) idle_->cancel();
  };
  asio::co_spawn(strand_, std::move(task), asio::bind_executor(strand_, std::move(ended)));
}

asio::awaitable<void> TaskGroup::join() {
  while (count_ > 0) co_await idle_->wait(a_day_ms);
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
