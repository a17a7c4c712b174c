#include <catch2/catch.hpp>

#include "net/request_parser.hpp"
#include "net/response_parser.hpp"

namespace tollgate::net {
namespace {

using Step = RequestParser::Step;

constexpr std::size_t header_bytes = 1'000;
constexpr std::size_t body_bytes = 100;

struct Parsed {
  Step step = Step::need_more;
  Request request;
  std::string rest;
  Errc error = Errc::internal_error;
  bool keep_alive = false;
};

/// Parses `text` in pieces that end at each of `cuts`.
Parsed parse(std::string_view text, std::vector<std::size_t> cuts = {}) {
  cuts.push_back(text.size());
  Parsed out;
  RequestParser parser(header_bytes);
  parser.start(out.request);
  std::string pending;
  std::size_t from = 0;
  for (const std::size_t cut : cuts) {
    pending += text.substr(from, cut - from);
    from = cut;
    while (out.step == Step::need_more) {
      std::size_t taken = 0;
      out.step = parser.parse(pending, taken);
      pending.erase(0, taken);
      if (out.step != Step::head_done) break;
      out.keep_alive = parser.keep_alive();
      out.step = parser.body_limit(body_bytes);
    }
  }
  if (out.step == Step::failed) out.error = parser.error();
  out.rest = pending;
  return out;
}

std::string post(std::string_view fields, std::string_view body) {
  std::string text = "POST /a HTTP/1.1\r\nHost: x\r\n";
  return text.append(fields).append("\r\n").append(body);
}

void check_refused(const std::string& text, Errc error = Errc::malformed_request) {
  const Parsed parsed = parse(text);
  INFO(text);
  CHECK(parsed.step == Step::failed);
  CHECK(parsed.error == error);
}

}  // namespace

TEST_CASE("a request is the same however the network cuts it", "[parser]") {
  const std::string chunked =
      post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n1;x=y\r\nd\r\n0\r\nT: 1\r\n\r\n");
  const std::string plain = post("Content-Length: 4\r\nX-A:  v \r\n", "abcd");
  for (const std::string& text : {chunked, plain}) {
    const std::string two = text + "GET";
    for (std::size_t first = 0; first <= text.size(); ++first) {
      for (std::size_t second = first; second <= text.size(); second += 3) {
        const Parsed parsed = parse(two, {first, second});
        REQUIRE(parsed.step == Step::done);
        REQUIRE(parsed.request.body == "abcd");
        REQUIRE(parsed.request.method == Method::post);
        REQUIRE(parsed.rest == "GET");
        REQUIRE(parsed.request.headers.find("T") == std::nullopt);
      }
    }
  }
}

TEST_CASE("an empty chunked body may come byte by byte", "[parser]") {
  const std::string text = post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n");
  std::vector<std::size_t> cuts;
  for (std::size_t i = 1; i < text.size(); ++i) cuts.push_back(i);
  const Parsed parsed = parse(text, cuts);
  CHECK(parsed.step == Step::done);
  CHECK(parsed.request.body.empty());
}

TEST_CASE("a body whose length two parsers could read differently is refused", "[parser]") {
  const std::string chunks = "0\r\n\r\n";
  check_refused(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", chunks));
  check_refused(post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", chunks));
  check_refused(post("Content-Length: 5\r\nTransfer-Encoding: gzip\r\n", chunks));
  check_refused(post("Content-Length: 5\r\nContent-Length: 6\r\n", chunks));
  check_refused(post("Content-Length: 5, 6\r\n", chunks));
  check_refused(post("Content-Length: +5\r\n", chunks));
  check_refused(post("Content-Length: 0x5\r\n", chunks));
  check_refused(post("Content-Length: -1\r\n", chunks));
  check_refused(post("Content-Length: 99999999999999999999999\r\n", chunks));
  check_refused(post("Content-Length:\r\n", chunks));
  check_refused(post("Transfer-Encoding: gzip, chunked\r\n", chunks));
  check_refused(post("Transfer-Encoding: chunked, identity\r\n", chunks));
  check_refused(post("Transfer-Encoding: xchunked\r\n", chunks));
  check_refused(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunks));
  check_refused(post("Transfer-Encoding : chunked\r\n", chunks));
  check_refused(
      post("Transfer-Encoding: \x0b"
           "chunked\r\n",
           chunks));
  check_refused("POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  CHECK(parse(post("Content-Length: 2\r\nContent-Length: 2\r\n", "ab")).request.body == "ab");
}

TEST_CASE("a chunk's line is judged alike, whole and in pieces", "[parser]") {
  const std::string fields = "Transfer-Encoding: chunked\r\n";
  const std::string rest = "ab\r\n0\r\n\r\n";
  const std::string first = "1\r\nx\r\n";  // a line after a chunk begins with that chunk's end
  const std::string longest = ";" + std::string(1022, 'a');
  for (const std::string& before : {std::string(), first}) {
    std::vector<std::string> refused{before + "2;a=\"com\r\n" + rest,
                                     before + "2;a=\"com\r\n",
                                     before + "2;a=\"b\"\r\n" + rest,
                                     before + "2\"\r\n" + rest,
                                     before + "2" + longest + "a\r\n" + rest,
                                     before + "2" + longest + "aaa",
                                     before + "0;\"\r\n\r\n"};
    for (const auto& body : refused) {
      const std::string text = post(fields, body);
      const std::size_t from = text.size() - body.size();
      for (std::size_t cut = from; cut <= text.size(); cut += cut < from + 40 ? 1 : 101) {
        INFO(body << " cut at " << cut - from);
        const Parsed parsed = parse(text, {cut});
        CHECK(parsed.step == Step::failed);
        CHECK(parsed.error == Errc::malformed_request);
      }
    }
    const std::string fine = post(fields, before + "2" + longest + "\r\n" + rest);
    for (std::size_t cut = fine.size() - 30; cut <= fine.size(); ++cut)
      CHECK(parse(fine, {cut}).step == Step::done);
  }
}

TEST_CASE("broken chunks are refused", "[parser]") {
  for (const char* body :
       {"x\r\nabc\r\n0\r\n\r\n", "3\r\nabcX\r\n0\r\n\r\n", "3 \nabc\r\n0\r\n\r\n",
        "-1\r\nabc\r\n0\r\n\r\n", "fffffffffffffffff\r\nabc\r\n"})
    check_refused(post("Transfer-Encoding: chunked\r\n", body));
}

TEST_CASE("what is not HTTP/1.0 or 1.1 is refused", "[parser]") {
  check_refused("GET / HTTP/2.0\r\nHost: x\r\n\r\n");
  check_refused("GET / HTTP/0.9\r\n\r\n");
  check_refused("GET /\r\n\r\n");
  check_refused("GET / HTTQ/1.1\r\n\r\n");
  check_refused("\x16\x03\x01 hello\r\n\r\n");
  check_refused("GET / HTTP/1.1\nHost: x\n\n");
  check_refused("GET / HTTP/1.1\r\nHost: x\r\nX: a\x01\r\n\r\n");
  check_refused("GET / HTTP/1.1\r\n: x\r\n\r\n");
}

TEST_CASE("HTTP/1.1 names exactly one host", "[parser]") {
  check_refused("GET / HTTP/1.1\r\n\r\n");
  check_refused("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
  CHECK(parse("GET / HTTP/1.0\r\n\r\n").step == Step::done);
}

TEST_CASE("the connection is kept as the version and the client say", "[parser]") {
  CHECK(parse("GET / HTTP/1.1\r\nHost: x\r\n\r\n").keep_alive);
  CHECK_FALSE(parse("GET / HTTP/1.1\r\nHost: x\r\nConnection: a, Close\r\n\r\n").keep_alive);
  CHECK_FALSE(parse("GET / HTTP/1.0\r\n\r\n").keep_alive);
  CHECK(parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
}

TEST_CASE("limits of head and body hold at the byte", "[parser]") {
  const std::string front = "GET / HTTP/1.1\r\nHost: x\r\nX: ";
  const std::string back = "\r\n\r\n";
  const std::size_t room = header_bytes - front.size() - back.size();
  CHECK(parse(front + std::string(room, 'a') + back).step == Step::done);
  check_refused(front + std::string(room + 1, 'a') + back, Errc::headers_too_large);
  check_refused(front + std::string(header_bytes, 'a'), Errc::headers_too_large);
  check_refused("GET /" + std::string(header_bytes, 'a'), Errc::headers_too_large);
  std::string many = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 150; ++i) many += "a:\r\n";
  check_refused(many + "\r\n", Errc::headers_too_large);

  CHECK(parse(post("Content-Length: 100\r\n", std::string(100, 'b'))).step == Step::done);
  check_refused(post("Content-Length: 101\r\n", ""), Errc::payload_too_large);
  check_refused(post("Transfer-Encoding: chunked\r\n",
                     "40\r\n" + std::string(64, 'b') + "\r\n40\r\n" + std::string(64, 'b')),
                Errc::payload_too_large);
}

TEST_CASE("an answer is the same however the network cuts it", "[parser]") {
  const std::string text =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2\r\nab\r\n0\r\n\r\n";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    ResponseParser parser(10, false);
    std::size_t taken = 0;
    auto step = parser.parse(text.substr(0, cut), taken);
    if (step == ResponseParser::Step::need_more) step = parser.parse(text.substr(taken), taken);
    REQUIRE(step == ResponseParser::Step::done);
    CHECK(parser.status() == 200);
    CHECK(parser.body() == "ab");
    CHECK(parser.headers().find("x-a") == "1");
    CHECK(parser.keep_alive());
  }
}

TEST_CASE("an answer that is too large, cut off or no HTTP fails with its word", "[parser]") {
  const auto error_of = [](std::string_view text) {
    ResponseParser parser(10, false);
    std::size_t taken = 0;
    auto step = parser.parse(text, taken);
    if (step == ResponseParser::Step::need_more) step = parser.end();
    CHECK(step == ResponseParser::Step::failed);
    return parser.error().substr(0, parser.error().find(':'));
  };
  CHECK(error_of("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n") == "response_too_large");
  CHECK(error_of("HTTP/1.1 200 OK\r\n\r\n0123456789a") == "response_too_large");
  CHECK(error_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc") == "connection_lost");
  CHECK(error_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n") ==
        "connection_lost");
  CHECK(error_of("") == "connection_lost");
  CHECK(error_of("HTTP/1.1 2") == "connection_lost");
  CHECK(error_of("SSH-2.0-x\r\n") == "bad_response");
  CHECK(error_of("HTTP/1.1 101 Switching Protocols\r\n\r\n") == "bad_response");
  CHECK(error_of("HTTP/1.1 010 Continue\r\n\r\nabc") == "bad_response");
}

}  // namespace tollgate::net
