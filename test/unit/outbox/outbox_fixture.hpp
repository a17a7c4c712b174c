// A fresh database, and a thread that runs coroutines.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/snowflake.hpp"
#include "db/database.hpp"
#include "db/migrate.hpp"
#include "support/temp_dir.hpp"

namespace tollgate::test {

struct Store {
  TempDir dir;
  std::unique_ptr<db::Database> database;

  Store() {
    db::Options options;
    options.url = "sqlite:" + dir.file("t.db");
    database = db::Database::open(options, [] { std::abort(); });
    db::migrate(*database);
  }
  template <class F>
  auto write(F work) {
    return database->write_blocking(std::move(work));
  }
  template <class F>
  auto read(F work) {
    return database->read_blocking(std::move(work));
  }
};

struct IoThread {
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{
      context.get_executor()};
  std::thread thread{[this] { context.run(); }};

  ~IoThread() {
    guard.reset();
    context.stop();
    thread.join();
  }
  template <class T>
  T run(boost::asio::awaitable<T> task) {
    return boost::asio::co_spawn(context, std::move(task), boost::asio::use_future).get();
  }
};

/// Asks until `condition` holds; false after 10 s.
inline bool eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 2'000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return condition();
}

}  // namespace tollgate::test
