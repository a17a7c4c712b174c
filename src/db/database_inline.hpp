// How a coroutine waits for a database thread: out by the queue, back by post. See database.hpp.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>

namespace tollgate::db {

/// Calls `done` at the unit's home, later.
inline void tell_home(Unit&& unit, std::exception_ptr error) {
  boost::asio::post(unit.home, [done = std::move(unit.done), error] { done(error); });
}

template <class R, class F>
boost::asio::awaitable<R> Database::submit(F work, bool write, Repeat repeat) {
  namespace asio = boost::asio;
  static_assert(!std::is_void_v<R>, "a unit of work answers something");
  std::optional<R> slot;
  // No cancellation slot: a wait that was cancelled would throw away a committed result.
  auto initiate = [this, &slot, &work, write, repeat](auto handler) {
    Unit unit;
    unit.home = asio::get_associated_executor(handler);
    unit.repeat = repeat;
    unit.run = [&slot, &work](Tx& tx) { return run_into<R>(slot, work, tx); };
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    unit.done = [shared, guard = asio::make_work_guard(unit.home)](std::exception_ptr error) {
      std::move (*shared)(error);
    };
    // An exception that left from here would pass the coroutine by: its handler is moved already.
    if (const auto refused = enqueue(std::move(unit), write)) tell_home(std::move(unit), refused);
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(
      initiate, asio::use_awaitable);
  co_return std::move(*slot);
}

template <class R, class F>
R Database::block(F work, bool write) {
  std::optional<R> slot;
  run_blocking([&slot, &work](Tx& tx) { return run_into<R>(slot, work, tx); }, write);
  return std::move(*slot);
}

}  // namespace tollgate::db
