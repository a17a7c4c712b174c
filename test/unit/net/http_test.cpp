#include "net/http.hpp"

#include <catch2/catch.hpp>

#include "net/request_head.hpp"
#include "net/response_text.hpp"
#include "net/url.hpp"

namespace tollgate::net {
namespace {

bool resolves(std::string target, Method method = Method::get) {
  Request request;
  request.method = method;
  request.target = std::move(target);
  return resolve_target(request);
}

std::string path_of(std::string target) {
  Request request;
  request.target = std::move(target);
  REQUIRE(resolve_target(request));
  return request.path;
}

std::string address_behind(const std::string& forwarded) {
  Headers headers;
  if (!forwarded.empty()) headers.add("X-Forwarded-For", forwarded);
  return client_address(headers, "127.0.0.1", {"127.0.0.1", "10.0.0.1"});
}

}  // namespace

TEST_CASE("header fields are found without regard to case, the first of a name", "[http]") {
  Headers headers;
  headers.add("X-A", "1");
  headers.add("x-a", "2");
  headers.add("X-B", "3");
  CHECK(headers.find("x-A") == "1");
  CHECK(headers.count("X-a") == 2);
  CHECK_FALSE(headers.find("X-C"));
  headers.set("x-a", "4");
  CHECK(headers.count("X-A") == 1);
  CHECK(headers.find("X-A") == "4");
}

TEST_CASE("percent coding returns every byte, and refuses broken escapes", "[http]") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  CHECK(percent_decode(percent_encode(all)) == all);
  CHECK(percent_encode("a-Z_0.~") == "a-Z_0.~");
  CHECK(percent_encode("a b/&") == "a%20b%2F%26");
  CHECK(percent_decode("%e4%BD") == "\xe4\xbd");
  CHECK(percent_decode("a+b") == "a+b");
  CHECK(percent_decode("a+b", true) == "a b");
  for (const char* broken : {"%", "%4", "%4g", "%g4", "a%"}) CHECK_FALSE(percent_decode(broken));
}

TEST_CASE("an IPv6 sender is known by its network, an IPv4 one by its address", "[http]") {
  CHECK(network_of("203.0.113.9") == "203.0.113.9");
  CHECK(network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2::1"));
  CHECK(network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1"));
  CHECK(network_of("::ffff:203.0.113.9") != network_of("::ffff:203.0.113.10"));
  CHECK(network_of("garbage") == "garbage");
}

TEST_CASE("the path of a log line holds no token of a buyer's page (P9)", "[http]") {
  Request request;
  for (const char* path : {"/pay/secret", "/pay/secret/events", "/pay/return/secret",
                           "/pay/requestpay/secret", "/base/pay/secret"}) {
    request.path = path;
    CAPTURE(path);
    CHECK(loggable_path(request).find("secret") == std::string::npos);
    CHECK(loggable_path(request).ends_with("/pay/"));
  }
  for (const char* path : {"/v1/payments/7", "/callbacks/wx-main", "/payment/x", "/", "*"}) {
    request.path = path;
    CHECK(loggable_path(request) == path);
  }
}

TEST_CASE("a query parameter is the first of its name, decoded", "[http]") {
  Request request;
  request.query = "a=1&b=x+y%26z&a=2&c&=d&bad=%zz&limit=";
  CHECK(request.query_param("a") == "1");
  CHECK(request.query_param("b") == "x y&z");
  CHECK(request.query_param("c") == "");
  CHECK(request.query_param("limit") == "");
  CHECK_FALSE(request.query_param("bad"));
  CHECK_FALSE(request.query_param("nothing"));
}

TEST_CASE("a path is decoded once and never climbs", "[http]") {
  CHECK(path_of("/v1/orders/1?x=/../") == "/v1/orders/1");
  CHECK(path_of("/a%20b/%25") == "/a b/%");
  CHECK(path_of("http://shop.example/v1/x?y") == "/v1/x");
  CHECK(path_of("http://shop.example") == "/");
  CHECK(path_of("/a..b/...") == "/a..b/...");
  for (const char* bad : {"/a/../b", "/..", "/./a", "/%2e%2e/a", "/a/%2E", "/a%2f..%2fb", "/%00",
                          "/a%0d%0aX:1", "/%7f", "/%", "/%zz", "a/b", "", "*", "/a#b", "ftp://x/a"})
    CHECK_FALSE(resolves(bad));
  CHECK(resolves("*", Method::options));
}

TEST_CASE("a request id is taken only where it is harmless", "[http]") {
  CHECK(is_request_id("a.B_9-"));
  CHECK(is_request_id(std::string(128, 'a')));
  CHECK_FALSE(is_request_id(std::string(129, 'a')));
  for (const char* bad : {"", "a b", "a\"", "\xc3\xa9", "a/b"}) CHECK_FALSE(is_request_id(bad));
}

TEST_CASE("only the addresses that trusted proxies vouch for are believed", "[http]") {
  CHECK(address_behind("") == "127.0.0.1");
  CHECK(address_behind("203.0.113.9") == "203.0.113.9");
  CHECK(address_behind("1.1.1.1, 203.0.113.9") == "203.0.113.9");
  CHECK(address_behind("1.1.1.1, 203.0.113.9, 10.0.0.1") == "203.0.113.9");
  CHECK(address_behind("2001:DB8::1") == "2001:db8::1");
  CHECK(address_behind("1.1.1.1, junk, 10.0.0.1") == "10.0.0.1");
  Headers headers;
  headers.add("X-Forwarded-For", "203.0.113.9");
  CHECK(client_address(headers, "198.51.100.1", {"127.0.0.1"}) == "198.51.100.1");
}

TEST_CASE("what a handler puts into a field cannot begin another", "[http]") {
  Response response(200, "text/plain", "body");
  response.headers.add("X-Good", "1");
  response.headers.add("X-Bad", "1\r\nSet-Cookie: a");
  response.headers.add("X Bad", "1");
  response.headers.add("Content-Length", "999");
  std::string out;
  ResponseFrame frame;
  frame.date = "D";
  frame.request_id = "R";
  CHECK(write_response(response, frame, out) == 2);
  CHECK(out ==
        "HTTP/1.1 200 OK\r\nDate: D\r\nX-Request-Id: R\r\nContent-Type: text/plain\r\nX-Good: 1"
        "\r\nContent-Length: 4\r\n\r\nbody");
}

TEST_CASE("an answer without content has neither length nor body", "[http]") {
  Response response;
  response.status = 204;
  response.body = "ignored";
  std::string out;
  write_response(response, ResponseFrame(), out);
  CHECK(out.find("Content-Length") == std::string::npos);
  CHECK(out.ends_with("\r\n\r\n"));
}

TEST_CASE("a URL is taken apart, and anything but absolute http is refused", "[http]") {
  const auto plain = parse_url("http://shop.example/a%20b?x=1#frag");
  REQUIRE(plain);
  CHECK_FALSE(plain->tls);
  CHECK(plain->host == "shop.example");
  CHECK(plain->port == "80");
  CHECK(plain->authority == "shop.example");
  CHECK(plain->target == "/a%20b?x=1");
  const auto six = parse_url("https://[::1]:8443");
  REQUIRE(six);
  CHECK(six->tls);
  CHECK(six->host == "::1");
  CHECK(six->host_is_address);
  CHECK(six->authority == "[::1]:8443");
  CHECK(six->target == "/");
  for (const char* bad : {"", "/a", "ftp://x/", "http://", "http:///a", "http://u:p@x/",
                          "http://x:0/", "http://x:65536/", "http://x:8844443/", "http://a b/",
                          "http://x/\r\nA: b", "http://x%2e/", "http://[::1", "x"})
    CHECK_FALSE(parse_url(bad));
}

}  // namespace tollgate::net
