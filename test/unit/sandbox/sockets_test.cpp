// The faults that only a socket shows.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <exception>
#include <optional>

#include "base/metrics.hpp"
#include "bench.hpp"
#include "net/client.hpp"
#include "net/server.hpp"

using namespace tollgate;
using namespace tollgate::sandbox;
using namespace tollgate::sandbox::test;

namespace {

struct Listening {
  Bench bench;
  Metrics metrics;
  net::Server server{{},
                     [this](net::Request& request) { return bench.simulator.handle(request); },
                     bench.system,
                     bench.random,
                     metrics};
  net::Client client{{}, bench.system};

  Listening() { server.start(); }
  ~Listening() {
    server.drain(500);
    bench.simulator.stop();
  }

  net::ClientResponse send(const Draft& draft, std::int64_t timeout_ms = 5'000) {
    const net::Request signed_request = bench.request(draft);
    net::ClientRequest request(draft.method,
                               "http://127.0.0.1:" + std::to_string(server.port()) + draft.target);
    request.headers = signed_request.headers;
    request.body = draft.body;
    request.timeout_ms = timeout_ms;
    boost::asio::io_context io;
    std::optional<net::ClientResponse> out;
    boost::asio::co_spawn(io, client.send(std::move(request)),
                          [&](std::exception_ptr thrown, net::ClientResponse response) {
                            REQUIRE_FALSE(thrown);
                            out = std::move(response);
                            client.close_idle();
                          });
    io.run();
    REQUIRE(out);
    return *out;
  }

  net::ClientResponse place(const char* number, std::int64_t timeout_ms = 5'000) {
    return send(bench.draft(net::Method::post, "/v3/pay/transactions/native", Order(number).body()),
                timeout_ms);
  }
  void fault(const std::string& rest) {
    bench.control_json("/faults", R"({"target":"pay",)" + rest + "}");
  }
  bool knows(const char* number) {
    return bench.simulator.ledger().find_number(number).has_value();
  }
};

}  // namespace

TEST_CASE("over a socket a signed request is accepted and its answer verifies", "[sandbox]") {
  Listening simulator;
  const auto answer = simulator.place("T10000001");
  REQUIRE(answer.transport == net::Transport::ok);
  CHECK(answer.status == 200);
  net::Response as_response;
  as_response.headers = answer.headers;
  as_response.body = answer.body;
  CHECK(simulator.bench.is_signed(as_response));
  const auto query = simulator.send(simulator.bench.draft(
      net::Method::get, "/v3/pay/transactions/out-trade-no/T10000001?mchid=1900000001"));
  CHECK(query.status == 200);
}

TEST_CASE("a cut connection answers nothing: after the request was acted on, or before",
          "[sandbox]") {
  Listening simulator;
  simulator.fault(R"("kind":"cut")");
  CHECK(simulator.place("T10000001").transport == net::Transport::maybe_sent);
  CHECK(simulator.knows("T10000001"));
  simulator.fault(R"("kind":"cut_before")");
  CHECK(simulator.place("T10000002").transport == net::Transport::maybe_sent);
  CHECK_FALSE(simulator.knows("T10000002"));
  CHECK(simulator.place("T10000002").status == 200);
  const auto requests = simulator.bench.control_json("/requests", "");
  CHECK(at(requests, "/requests/1/fault") == "cut_before");
  CHECK(at(requests, "/requests/1/status") == "0");
  CHECK(at(requests, "/requests/2/verdict") == "accepted");
}

TEST_CASE("a hanging answer comes after its delay, and the request was acted on", "[sandbox]") {
  Listening simulator;
  simulator.fault(R"("kind":"hang")");
  CHECK(simulator.place("T10000001", 200).transport == net::Transport::maybe_sent);
  CHECK(simulator.knows("T10000001"));
  simulator.fault(R"("kind":"slow","delay_ms":50)");
  const auto slow = simulator.place("T10000002");
  CHECK(slow.status == 200);
  CHECK(slow.duration_ms >= 45);
}
