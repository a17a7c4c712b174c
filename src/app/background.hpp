// One thread for everything that no request waits for: jobs, the inbox's sweep, deliveries, the
// lease.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

namespace tollgate::app {

class Background {
 public:
  Background();
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  boost::asio::any_io_executor executor() { return context_.get_executor(); }

  /// Runs `task` on the thread and returns when it has ended; rethrows what it throws. From
  /// outside.
  void run(boost::asio::awaitable<void> task);
  /// Ends the thread; what is still there is dropped. Others may still post, and must have ended
  /// when this object goes: the database's threads by Database::stop().
  void stop();

 private:
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  std::thread thread_;
};

}  // namespace tollgate::app
