// The hub and the streams that it wakes.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "console/event_stream.hpp"
#include "console/status_hub.hpp"
#include "fake_cashier.hpp"

using namespace tollgate;
using namespace tollgate::console;

namespace {

const OrderId order = test::course_order().order;

// Each wait() runs the next step of the script; past its end the client has gone.
class ScriptedWriter final : public net::StreamWriter {
 public:
  std::vector<std::function<void()>> on_wait;
  std::string written;
  std::int64_t waited_ms = 0;
  std::atomic<int> wakes = 0;

  net::Awaitable<bool> write(std::string chunk) override {
    written += chunk;
    co_return true;
  }
  net::Awaitable<bool> wait(std::int64_t ms) override {
    if (next_ == on_wait.size()) co_return false;
    waited_ms += ms;
    on_wait[next_++]();
    co_return true;
  }
  void wake() override { ++wakes; }

 private:
  std::size_t next_ = 0;
};

void run(Cashier& cashier, StatusHub& hub, const std::shared_ptr<ScriptedWriter>& writer) {
  boost::asio::io_context context;
  auto subscription = hub.subscribe(order);
  REQUIRE(subscription.has_value());
  auto done = boost::asio::co_spawn(
      context, stream_status(cashier, test::some_token, std::move(*subscription), writer),
      boost::asio::use_future);
  context.run();
  done.get();
}

const std::string unpaid_event =
    "event: status\ndata: {\"order_id\":\"183940265011200001\",\"status\":\"unpaid\"}\n\n";
const std::string paid_event =
    "event: status\ndata: {\"order_id\":\"183940265011200001\",\"status\":\"paid\"}\n\n";

}  // namespace

TEST_CASE("a stream tells the present state first, then a published change, and ends with it",
          "[unit][console]") {
  test::FakeCashier cashier;
  StatusHub hub;
  const auto writer = std::make_shared<ScriptedWriter>();
  writer->on_wait = {[&] { hub.publish(order, "paid"); }, [] { FAIL("waited after the end"); }};
  run(cashier, hub, writer);
  CHECK(writer->written == "retry: 3000\n" + unpaid_event + paid_event);
  CHECK(writer->wakes == 1);
  CHECK(hub.streams() == 0);
}

TEST_CASE("a stream of a settled order tells its state and ends", "[unit][console]") {
  test::FakeCashier cashier;
  cashier.answer->status = "paid";
  StatusHub hub;
  const auto writer = std::make_shared<ScriptedWriter>();
  writer->on_wait = {[] { FAIL("waited after the end"); }};
  run(cashier, hub, writer);
  CHECK(writer->written == "retry: 3000\n" + paid_event);
}

TEST_CASE("a heartbeat reads the order again, so that another instance's change is told",
          "[unit][console]") {
  test::FakeCashier cashier;
  StatusHub hub;
  const auto writer = std::make_shared<ScriptedWriter>();
  writer->on_wait = {[] {}, [&] { cashier.answer->status = "paid"; }};
  run(cashier, hub, writer);
  CHECK(writer->written == "retry: 3000\n" + unpaid_event + ": here\n\n" + paid_event);
  CHECK(writer->waited_ms == 2 * heartbeat_ms);
}

TEST_CASE("a change between subscribing and the first read is not lost", "[unit][console]") {
  test::FakeCashier cashier;
  StatusHub hub;
  auto subscription = hub.subscribe(order);
  REQUIRE(subscription.has_value());
  hub.publish(order, "paid");
  CHECK((*subscription)->take() == "paid");
  CHECK((*subscription)->take() == std::nullopt);
}

TEST_CASE("a stream ends when its client has gone or its order cannot be read", "[unit][console]") {
  test::FakeCashier cashier;
  StatusHub hub;
  const auto gone = std::make_shared<ScriptedWriter>();
  run(cashier, hub, gone);
  CHECK(gone->written == "retry: 3000\n" + unpaid_event);
  cashier.answer = Error(Errc::order_not_found);
  const auto unknown = std::make_shared<ScriptedWriter>();
  run(cashier, hub, unknown);
  CHECK(unknown->written.empty());
  CHECK(hub.streams() == 0);
}

TEST_CASE("a change reaches every stream of its order and no other", "[unit][console]") {
  StatusHub hub;
  const auto writer = std::make_shared<ScriptedWriter>();
  auto first = hub.subscribe(order);
  auto second = hub.subscribe(order);
  auto other = hub.subscribe(OrderId(7));
  for (auto* subscription : {&first, &second, &other}) (**subscription)->attach(writer);
  hub.publish(order, "paid");
  CHECK(writer->wakes == 2);
  CHECK((*first)->take() == "paid");
  CHECK((*second)->take() == "paid");
  CHECK((*other)->take() == std::nullopt);
  hub.publish(OrderId(8), "paid");
  CHECK(writer->wakes == 2);
}

TEST_CASE("a stream whose writer has gone is passed over", "[unit][console]") {
  StatusHub hub;
  auto subscription = hub.subscribe(order);
  (*subscription)->attach(std::make_shared<ScriptedWriter>());
  hub.publish(order, "paid");
  CHECK((*subscription)->take() == "paid");
}

TEST_CASE("streams are bounded for each order and in all", "[unit][console]") {
  StatusHub hub({.streams = 3, .streams_per_order = 2});
  auto first = hub.subscribe(order);
  auto second = hub.subscribe(order);
  auto refused = hub.subscribe(order);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::service_unavailable);
  CHECK(refused.error().retry_after_s > 0);
  auto third = hub.subscribe(OrderId(7));
  CHECK(third.has_value());
  CHECK_FALSE(hub.subscribe(OrderId(8)).has_value());
  CHECK(hub.streams() == 3);
  first = Error();
  CHECK(hub.streams() == 2);
  CHECK(hub.subscribe(OrderId(8)).has_value());
  CHECK(hub.streams() == 2);
}

TEST_CASE("publishing and subscribing may happen on many threads", "[unit][console]") {
  StatusHub hub;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&hub, t] {
      const auto writer = std::make_shared<ScriptedWriter>();
      for (int i = 0; i < 500; ++i) {
        auto subscription = hub.subscribe(OrderId(1 + i % 3));
        if (!subscription) continue;
        (*subscription)->attach(writer);
        hub.publish(OrderId(1 + (i + t) % 3), "paid");
        (*subscription)->take();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(hub.streams() == 0);
}
