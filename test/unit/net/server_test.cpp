#include "net/server.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include "net_fixture.hpp"
#include "support/log_capture.hpp"

namespace tollgate::net {
namespace {

const Server::RequestHandler echo = [](Request& request) -> Awaitable<Response> {
  std::string text(to_string(request.method));
  text += " " + request.path + "?" + request.query + " " + request.body;
  co_return Response(200, "text/plain", std::move(text));
};

constexpr std::string_view get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

std::string post(std::string_view fields, std::string_view body) {
  std::string text = "POST /a HTTP/1.1\r\nHost: x\r\n";
  return text.append(fields).append("\r\n").append(body);
}

/// The answer is the problem `code`, with its request id, and the connection is closed after it.
void check_problem(RawClient& client, int status, const std::string& code) {
  const Answer answer = client.read_answer();
  CHECK(answer.status == status);
  CHECK(answer.field("Content-Type") == "application/problem+json");
  CHECK(answer.field("Connection") == "close");
  CHECK(answer.body.find("\"code\":\"" + code + "\"") != std::string::npos);
  CHECK(answer.body.find("\"status\":" + std::to_string(status)) != std::string::npos);
  const std::string id = answer.field("X-Request-Id");
  CHECK(id.size() == 20);
  CHECK(answer.body.find("\"request_id\":\"" + id + "\"") != std::string::npos);
  CHECK(client.at_end());
}

}  // namespace

TEST_CASE("a connection stays open for the next request", "[server]") {
  TestServer server(echo);
  RawClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    client.send(get);
    const Answer answer = client.read_answer();
    CHECK(answer.status == 200);
    CHECK(answer.body == "GET /a? ");
    CHECK(answer.field("Connection").empty());
    CHECK(answer.field("Date").ends_with(" GMT"));
    CHECK(answer.field("X-Request-Id").size() == 20);
  }
}

TEST_CASE("pipelined requests are answered in order", "[server]") {
  TestServer server(echo);
  RawClient client(server.port());
  std::string all;
  for (int i = 0; i < 200; ++i)
    all += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab";
  client.send(all);
  for (int i = 0; i < 200; ++i)
    CHECK(client.read_answer().body == "POST /" + std::to_string(i) + "? ab");
}

TEST_CASE("HTTP/1.0 closes unless it asks to stay", "[server]") {
  TestServer server(echo);
  RawClient client(server.port());
  client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(client.read_answer().field("Connection") == "keep-alive");
  client.send("GET /a HTTP/1.0\r\n\r\n");
  CHECK(client.read_answer().field("Connection") == "close");
  CHECK(client.at_end());
}

TEST_CASE("an empty line before a request is passed over", "[server]") {
  TestServer server(echo);
  RawClient client(server.port());
  client.send("\r\n" + std::string(get) + "\r\n" + std::string(get));
  CHECK(client.read_answer().status == 200);
  CHECK(client.read_answer().status == 200);
}

TEST_CASE("HEAD answers the length without the body", "[server]") {
  TestServer server(echo);
  RawClient client(server.port());
  client.send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n" + std::string(get));
  CHECK(client.read_answer(true).field("Content-Length") == "9");
  CHECK(client.read_answer().body == "GET /a? ");
}

TEST_CASE("a body comes whole, with a length or in chunks", "[server]") {
  TestServer server(echo);
  RawClient client(server.port());
  const std::string big(9'999, 'z');
  client.send(post("Content-Length: 9999\r\n", big));
  CHECK(client.read_answer().body == "POST /a? " + big);
  client.send(post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
  CHECK(client.read_answer().body == "POST /a? abcde");
}

TEST_CASE("a client that waits for 100 is told to go on, unless the body is refused", "[server]") {
  TestServer server(echo);
  RawClient client(server.port());
  client.send(post("Content-Length: 2\r\nExpect: 100-continue\r\n", ""));
  CHECK(client.read_answer().status == 100);
  client.send("ab");
  CHECK(client.read_answer().body == "POST /a? ab");
  client.send(post("Content-Length: 10001\r\nExpect: 100-continue\r\n", ""));
  check_problem(client, 413, "payload_too_large");
}

TEST_CASE("a head that comes too slowly is answered 408", "[server]") {
  TestServer server(echo);
  RawClient client(server.port());
  client.send("GET /a HTTP/1.1\r\nHo");
  check_problem(client, 408, "request_timeout");
}

TEST_CASE("a body that comes too slowly is answered 408", "[server]") {
  TestServer server(echo);
  RawClient client(server.port());
  client.send(post("Content-Length: 10\r\n", "abc"));
  check_problem(client, 408, "request_timeout");
}

TEST_CASE("a body over the limit is answered 413", "[server]") {
  TestServer server(echo);
  RawClient announced(server.port());
  announced.send(post("Content-Length: 10001\r\n", std::string(10'001, 'a')));
  check_problem(announced, 413, "payload_too_large");
  RawClient chunked(server.port());
  chunked.send(post("Transfer-Encoding: chunked\r\n",
                    "2710\r\n" + std::string(10'000, 'a') + "\r\n1\r\na\r\n0\r\n\r\n"));
  check_problem(chunked, 413, "payload_too_large");
}

TEST_CASE("the answer to a huge refused body is not lost in a reset", "[server]") {
  TestServer server(echo);
  RawClient client(server.port());
  client.send(post("Content-Length: 2000000\r\n", std::string(2'000'000, 'a')));
  check_problem(client, 413, "payload_too_large");
}

TEST_CASE("the body limit goes by path where one is given", "[server]") {
  auto options = TestServer::small();
  options.body_limit = [](const std::string& path) { return path == "/a" ? 3U : 100U; };
  TestServer server(echo, options);
  RawClient client(server.port());
  client.send("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd");
  CHECK(client.read_answer().status == 200);
  client.send(post("Content-Length: 4\r\n", "abcd"));
  check_problem(client, 413, "payload_too_large");
}

TEST_CASE("a head over the limit is answered 431", "[server]") {
  TestServer server(echo);
  RawClient fields(server.port());
  fields.send("GET /a HTTP/1.1\r\nHost: x\r\nX: " + std::string(3'000, 'a'));
  check_problem(fields, 431, "headers_too_large");
  RawClient line(server.port());
  line.send("GET /" + std::string(3'000, 'a'));
  check_problem(line, 431, "headers_too_large");
}

TEST_CASE("smuggled, broken and climbing requests are answered 400, and nothing after them",
          "[server]") {
  TestServer server(echo);
  const std::string smuggled = "0\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const std::string& text :
       {post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", smuggled),
        post("Content-Length: 5\r\nContent-Length: 6\r\n", smuggled),
        post("Transfer-Encoding: gzip\r\n", smuggled), std::string("GET / HTTP/3.0\r\n\r\n"),
        std::string("GET /a/%2e%2e/b HTTP/1.1\r\nHost: x\r\n\r\n"),
        std::string("GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n"),
        std::string("GET /%g1 HTTP/1.1\r\nHost: x\r\n\r\n")}) {
    RawClient client(server.port());
    client.send(text);
    check_problem(client, 400, "malformed_request");
  }
}

TEST_CASE("the client's request id is answered where it is harmless", "[server]") {
  TestServer server(echo);
  RawClient client(server.port());
  client.send("GET /a HTTP/1.1\r\nHost: x\r\nX-Request-Id: abc-1\r\n\r\n");
  CHECK(client.read_answer().field("X-Request-Id") == "abc-1");
  client.send("GET /a HTTP/1.1\r\nHost: x\r\nX-Request-Id: a b\r\n\r\n");
  CHECK(client.read_answer().field("X-Request-Id").size() == 20);
}

TEST_CASE("a handler's exception is answered 500 without its text, and the connection goes on",
          "[server]") {
  TestServer server([](Request& request) -> Awaitable<Response> {
    if (request.path == "/number") throw 42;
    if (request.path == "/text") throw std::runtime_error("hunter2");
    co_return Response(200, "text/plain", "ok");
  });
  RawClient client(server.port());
  for (const char* path : {"/number", "/text"}) {
    client.send(std::string("GET ") + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    const Answer answer = client.read_answer();
    CHECK(answer.status == 500);
    CHECK(answer.body.find("\"code\":\"internal_error\"") != std::string::npos);
    CHECK(answer.body.find("hunter2") == std::string::npos);
  }
  client.send(get);
  CHECK(client.read_answer().body == "ok");
}

TEST_CASE("a failure on a buyer's page is logged without its token (P9)", "[server]") {
  TestServer server([](Request& request) -> Awaitable<Response> {
    if (request.query == "throw") throw std::runtime_error("hunter2");
    Response response(200, "text/plain", "ok");
    response.headers.add("X-Broken", "a\r\nb");
    if (request.query == "stream")
      response.streamer = [](std::shared_ptr<StreamWriter>) -> Awaitable<void> {
        throw std::runtime_error("hunter2");
        co_return;
      };
    co_return response;
  });
  const test::LogCapture log;
  for (const char* query : {"throw", "field", "stream"}) {
    RawClient client(server.port());
    client.send(std::string("GET /pay/tok_0123456789?") + query + " HTTP/1.1\r\nHost: x\r\n\r\n");
    client.read_until("\r\n\r\n");
    CHECK(eventually([&] { return log.text().find("http.") != std::string::npos; }));
  }
  CHECK(eventually([&] { return log.text().find("http.streamer_failed") != std::string::npos; }));
  const std::string text = log.text();
  CHECK(text.find("http.handler_failed") != std::string::npos);
  CHECK(text.find("http.response_field_refused") != std::string::npos);
  CHECK(text.find("tok_0123456789") == std::string::npos);
}

TEST_CASE("an idle connection is closed without a word", "[server]") {
  auto options = TestServer::small();
  options.limits.idle_timeout_ms = 50;
  TestServer server(echo, options);
  RawClient client(server.port());
  CHECK(client.at_end());
  RawClient used(server.port());
  used.send(get);
  CHECK(used.read_answer().status == 200);
  CHECK(used.at_end());
}

TEST_CASE("a client that does not read is cut off", "[server]") {
  auto options = TestServer::small();
  options.limits.write_timeout_ms = 100;
  std::atomic<bool> handled{false};
  TestServer server(
      [&](Request&) -> Awaitable<Response> {
        handled = true;
        co_return Response(200, "text/plain", std::string(50'000'000, 'a'));
      },
      options);
  RawClient client(server.port());
  client.send(get);
  REQUIRE(eventually([&] { return handled.load(); }));
  CHECK(eventually([&] {
    return server.metrics.render().find("tollgate_http_connections 0\n") != std::string::npos;
  }));
  CHECK(client.read_to_end().size() < 50'000'000);
}

TEST_CASE("connections over the limit are answered 503, and room comes back", "[server]") {
  auto options = TestServer::small();
  options.limits.connections = 1;
  TestServer server(echo, options);
  auto first = std::make_unique<RawClient>(server.port());
  first->send(get);
  CHECK(first->read_answer().status == 200);
  {
    RawClient second(server.port());
    check_problem(second, 503, "service_unavailable");
  }
  first.reset();
  CHECK(eventually([&] {
    RawClient next(server.port());
    next.send(get);
    return next.read_answer().status == 200;
  }));
}

TEST_CASE("requests and connections are counted", "[server]") {
  TestServer server(echo);
  RawClient client(server.port());
  client.send(get);
  client.read_answer();
  client.send(get);
  client.read_answer();
  client.send(post("Content-Length: 10001\r\n", ""));
  client.read_answer();
  const std::string text = server.metrics.render();
  const auto holds = [&](const char* line) { return text.find(line) != std::string::npos; };
  CHECK(holds("tollgate_http_requests_total{method=\"GET\",status_class=\"2xx\"} 2"));
  CHECK(holds("tollgate_http_requests_total{method=\"POST\",status_class=\"4xx\"} 1"));
  CHECK(holds("tollgate_http_request_duration_seconds_count 2"));
  CHECK(holds("tollgate_http_connections 1"));
}

TEST_CASE("a second server on a port that is in use does not start, and says where", "[server]") {
  TestServer server(echo);
  auto options = TestServer::small();
  options.port = server.port();
  CHECK_THROWS_WITH(TestServer(echo, options),
                    Catch::Contains("127.0.0.1:" + std::to_string(server.port())));
}

TEST_CASE("several threads serve one port", "[server]") {
  auto options = TestServer::small();
  options.threads = 3;
  TestServer server(echo, options);
  std::vector<std::future<int>> answered;
  for (int i = 0; i < 8; ++i) {
    answered.push_back(std::async(std::launch::async, [&] {
      int good = 0;
      for (int j = 0; j < 20; ++j) {
        RawClient client(server.port());
        client.send(get);
        good += client.read_answer().status == 200 ? 1 : 0;
      }
      return good;
    }));
  }
  for (auto& one : answered) CHECK(one.get() == 20);
}

}  // namespace tollgate::net
