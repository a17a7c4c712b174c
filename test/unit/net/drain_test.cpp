#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <future>

#include "net_fixture.hpp"

namespace tollgate::net {
namespace {

namespace asio = boost::asio;
constexpr std::string_view get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

/// A handler that reports its start and answers when told.
struct Gate {
  std::atomic<int> entered{0};
  std::atomic<int> answered{0};
  std::atomic<bool> open{false};

  Server::RequestHandler handler() {
    return [this](Request&) -> Awaitable<Response> {
      ++entered;
      asio::steady_timer timer(co_await asio::this_coro::executor);
      while (!open) {
        timer.expires_after(std::chrono::milliseconds(2));
        co_await timer.async_wait(asio::use_awaitable);
      }
      ++answered;
      co_return Response(200, "text/plain", "late");
    };
  }
};

Response stream(Streamer streamer) {
  Response response;
  response.headers.add("Content-Type", "text/event-stream");
  response.streamer = std::move(streamer);
  return response;
}

/// A route that streams "tick" at each wake, and tells how it ended.
struct Ticker {
  std::mutex mutex;
  std::weak_ptr<StreamWriter> writer;
  std::atomic<int> begun{0};
  std::atomic<int> ended{0};

  Server::RequestHandler handler() {
    return [this](Request&) -> Awaitable<Response> {
      co_return stream([this](std::shared_ptr<StreamWriter> w) { return run(std::move(w)); });
    };
  }
  Awaitable<void> run(std::shared_ptr<StreamWriter> w) {
    {
      const std::lock_guard lock(mutex);
      writer = w;
    }
    ++begun;
    bool go_on = true;
    while (go_on) {
      go_on = co_await w->wait(60'000);
      if (go_on) go_on = co_await w->write("tick\n");
    }
    ++ended;
  }
  void wake() {
    const std::lock_guard lock(mutex);
    if (const auto w = writer.lock()) w->wake();
  }
};

}  // namespace

TEST_CASE("a drain answers the request that is running, and closes", "[drain]") {
  Gate gate;
  TestServer server(gate.handler());
  RawClient client(server.port());
  client.send(get);
  REQUIRE(eventually([&] { return gate.entered == 1; }));
  auto drained = std::async(std::launch::async, [&] { server.server.drain(5'000); });
  RawClient* const busy = &client;
  CHECK(drained.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout);
  gate.open = true;
  const Answer answer = busy->read_answer();
  CHECK(answer.body == "late");
  CHECK(answer.field("Connection") == "close");
  client.close();
  drained.get();
}

TEST_CASE("a drain closes idle connections at once, and accepts no more", "[drain]") {
  Gate gate;
  gate.open = true;
  TestServer server(gate.handler());
  RawClient used(server.port());
  used.send(get);
  CHECK(used.read_answer().status == 200);
  const auto start = std::chrono::steady_clock::now();
  server.server.drain(10'000);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
  CHECK(used.at_end());
  CHECK_THROWS(RawClient(server.port()));
}

TEST_CASE("a drain that takes too long cuts what is left", "[drain]") {
  Gate gate;
  TestServer server(gate.handler());
  RawClient client(server.port());
  client.send(get);
  REQUIRE(eventually([&] { return gate.entered == 1; }));
  server.server.drain(50);
  CHECK(client.at_end());
  CHECK(gate.answered == 0);
}

TEST_CASE("a client that hangs up does not cancel its handler", "[server]") {
  Gate gate;
  TestServer server(gate.handler());
  {
    RawClient client(server.port());
    client.send(get);
    REQUIRE(eventually([&] { return gate.entered == 1; }));
  }
  gate.open = true;
  CHECK(eventually([&] { return gate.answered == 1; }));
}

TEST_CASE("a stream sends what it is woken for, without a length", "[stream]") {
  Ticker ticker;
  TestServer server(ticker.handler());
  RawClient client(server.port());
  client.send(get);
  const std::string head = client.read_until("\r\n\r\n");
  CHECK(head.find("Content-Length") == std::string::npos);
  CHECK(head.find("Connection: close") != std::string::npos);
  CHECK(head.find("Content-Type: text/event-stream") != std::string::npos);
  REQUIRE(eventually([&] { return ticker.begun == 1; }));
  for (int i = 0; i < 3; ++i) {
    ticker.wake();
    CHECK(client.read_until("\n") == "tick\n");
  }
}

TEST_CASE("a stream learns that its client has gone", "[stream]") {
  Ticker ticker;
  TestServer server(ticker.handler());
  {
    RawClient client(server.port());
    client.send(get);
    client.read_until("\r\n\r\n");
    REQUIRE(eventually([&] { return ticker.begun == 1; }));
  }
  CHECK(eventually([&] { return ticker.ended == 1; }));
  ticker.wake();
}

TEST_CASE("a drain ends the streams", "[stream]") {
  Ticker ticker;
  TestServer server(ticker.handler());
  RawClient client(server.port());
  client.send(get);
  client.read_until("\r\n\r\n");
  REQUIRE(eventually([&] { return ticker.begun == 1; }));
  const auto start = std::chrono::steady_clock::now();
  server.server.drain(10'000);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
  CHECK(ticker.ended == 1);
  CHECK(client.at_end());
  ticker.wake();
}

TEST_CASE("a stream's waker may come from any thread, while it runs and after", "[stream]") {
  Ticker ticker;
  auto options = TestServer::small();
  options.threads = 2;
  TestServer server(ticker.handler(), options);
  std::atomic<bool> stop{false};
  std::thread waker([&] {
    while (!stop) ticker.wake();
  });
  for (int i = 0; i < 20; ++i) {
    RawClient client(server.port());
    client.send(get);
    client.read_until("tick\n");
  }
  server.server.drain(5'000);
  stop = true;
  waker.join();
  CHECK(ticker.begun == ticker.ended);
}

}  // namespace tollgate::net
