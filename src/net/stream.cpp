#include "net/stream.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tollgate::net {

Stream::Stream(Session& session)
    : session_(&session),
      timer_(session.worker().executor()),
      executor_(session.worker().executor()) {}

Awaitable<bool> Stream::write(std::string chunk) {
  const auto self = shared_from_this();
  if (!open()) co_return false;
  const bool written = co_await session_->write_all(chunk);
  co_return written&& open();
}

Awaitable<bool> Stream::wait(std::int64_t ms) {
  const auto self = shared_from_this();
  if (!open()) co_return false;
  if (!woken_) {
    timer_->expires_after(std::chrono::milliseconds(ms));
    boost::system::error_code ec;
    co_await timer_->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ec));
  }
  woken_ = false;
  co_return open();
}

void Stream::wake() {
  const std::lock_guard lock(mutex_);
  if (!executor_ || wake_posted_) return;
  wake_posted_ = true;
  boost::asio::post(*executor_, [self = shared_from_this()] {
    {
      const std::lock_guard again(self->mutex_);
      self->wake_posted_ = false;
    }
    if (!self->session_) return;
    self->woken_ = true;
    self->timer_->cancel();
  });
}

void Stream::finish() {
  finished_ = true;
  if (timer_) timer_->cancel();
}

void Stream::detach() {
  const std::lock_guard lock(mutex_);
  finished_ = true;
  session_ = nullptr;
  timer_.reset();
  executor_.reset();
}

}  // namespace tollgate::net
