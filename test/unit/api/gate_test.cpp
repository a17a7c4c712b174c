#include "api/gate.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <stdexcept>

#include "support/log_capture.hpp"

using namespace tollgate;
using namespace tollgate::api;

namespace {

const std::string token = "tok_0123456789-abcdef";

struct House {
  test::TempDir dir;
  SystemClock clock;
  Metrics metrics;
  std::unique_ptr<db::Database> database = open();
  Idempotency idempotency{clock};
  KeyRing keys;
  Gate gate{*database, idempotency, keys, clock, metrics};

  std::unique_ptr<db::Database> open() {
    db::Options options;
    options.url = "sqlite:" + dir.file("t.db");
    return db::Database::open(options, [] {});
  }
  int ask(const std::string& path) {
    net::Request request;
    request.path = path;
    request.request_id = "req-1";
    boost::asio::io_context io;
    auto answer = boost::asio::co_spawn(io, gate.handle(request), boost::asio::use_future);
    io.run();
    return answer.get().status;
  }
};

net::Awaitable<Result<net::Response>> broken_handler(Context& context) {
  if (context.param(0) == token) throw std::runtime_error("a bug");
  throw db::DatabaseError("a disk");
}

}  // namespace

TEST_CASE("no log line holds a buyer's token, not of what fails either (P9)", "[unit][api]") {
  House house;
  house.gate.add({{net::Method::get, "/pay/{token}", Access::open, broken_handler},
                  {net::Method::get, "/pay/{x}/{token}", Access::open, broken_handler}});
  const test::LogCapture log;
  CHECK(house.ask("/pay/" + token) == 500);
  CHECK(house.ask("/pay/return/" + token) == 503);
  CHECK(house.ask("/pay/x/y/" + token) == 404);
  const std::string text = log.text();
  for (const char* event : {"http.request", "http.handler_failed", "http.database_failed"})
    CHECK(text.find(event) != std::string::npos);
  CHECK(text.find("\"path\":\"/pay/\"") != std::string::npos);
  CHECK(text.find(token) == std::string::npos);
}
