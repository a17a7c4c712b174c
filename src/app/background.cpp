#include "app/background.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

namespace tollgate::app {

Background::Background()
    : guard_(boost::asio::make_work_guard(context_)), thread_([this] { context_.run(); }) {}

Background::~Background() {
  stop();
}

void Background::run(boost::asio::awaitable<void> task) {
  boost::asio::co_spawn(context_, std::move(task), boost::asio::use_future).get();
}

void Background::stop() {
  guard_.reset();
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

}  // namespace tollgate::app
