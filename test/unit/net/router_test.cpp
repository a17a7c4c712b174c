#include "net/router.hpp"

#include <catch2/catch.hpp>

#include "net/request_head.hpp"

namespace tollgate::net {
namespace {

Route route(Method method, std::string pattern) {
  return {method, std::move(pattern), "",
          [](Request&) -> Awaitable<Response> { co_return Response(); }};
}

Router table() {
  Router router;
  router.add({route(Method::get, "/v1/orders"), route(Method::post, "/v1/orders"),
              route(Method::get, "/v1/orders/{id}"),
              route(Method::post, "/v1/orders/{id}/payments"),
              route(Method::get, "/pay/{token}/events"), route(Method::get, "/pay/return/{token}"),
              route(Method::get, "/")});
  return router;
}

/// The pattern that a request matches, else the error's word.
std::string matched(const Router& router, Method method, std::string path,
                    std::vector<std::string>* params = nullptr) {
  Request request;
  request.method = method;
  request.path = std::move(path);
  request.params = {"left over"};
  const auto found = router.match(request);
  if (!found) return std::string(to_string(found.error().code));
  if (params) *params = request.params;
  return (*found)->pattern;
}

}  // namespace

TEST_CASE("a path finds its route, and its parameters in order", "[router]") {
  const Router router = table();
  std::vector<std::string> params;
  CHECK(matched(router, Method::get, "/v1/orders/42", &params) == "/v1/orders/{id}");
  CHECK(params == std::vector<std::string>{"42"});
  CHECK(matched(router, Method::get, "/v1/orders", &params) == "/v1/orders");
  CHECK(params.empty());
  CHECK(matched(router, Method::get, "/") == "/");
  CHECK(matched(router, Method::post, "/v1/orders/a b/payments", &params) ==
        "/v1/orders/{id}/payments");
  CHECK(params == std::vector<std::string>{"a b"});
}

TEST_CASE("what is no route is not found, what has other methods says so", "[router]") {
  const Router router = table();
  for (const char* path : {"/v1", "/v1/orders/", "/v1/orders/1/2", "/v1/orders//payments", "", "*",
                           "/V1/orders", "//v1/orders"})
    CHECK(matched(router, Method::get, path) == "not_found");
  CHECK(matched(router, Method::del, "/v1/orders/1") == "method_not_allowed");
  CHECK(matched(router, Method::other, "/v1/orders") == "method_not_allowed");
  Request request;
  request.path = "/v1/orders";
  CHECK(router.allow(request) == "GET, HEAD, POST");
  request.path = "/nowhere";
  CHECK(router.allow(request).empty());
}

TEST_CASE("HEAD is answered by GET's route", "[router]") {
  CHECK(matched(table(), Method::head, "/v1/orders/1") == "/v1/orders/{id}");
  CHECK(matched(table(), Method::head, "/v1/orders/1/payments") == "method_not_allowed");
}

TEST_CASE("an encoded slash stays inside its segment", "[router]") {
  Request request;
  request.target = "/v1/orders/a%2Fb%2525?x=/1";
  REQUIRE(resolve_target(request));
  CHECK(request.path == "/v1/orders/a/b%25");
  const Router router = table();
  const auto found = router.match(request);
  REQUIRE(found.has_value());
  CHECK((*found)->pattern == "/v1/orders/{id}");
  CHECK(request.params == std::vector<std::string>{"a/b%25"});
  CHECK(router.allow(request) == "GET, HEAD");

  request.target = "http://pay.example.com/v1%2Forders/1";
  REQUIRE(resolve_target(request));
  CHECK(router.match(request).error().code == Errc::not_found);
  request.target = "http://pay.example.com/v1/%6Frders";
  REQUIRE(resolve_target(request));
  CHECK((*router.match(request))->pattern == "/v1/orders");
}

TEST_CASE("a literal segment is meant before a parameter", "[router]") {
  std::vector<std::string> params;
  CHECK(matched(table(), Method::get, "/pay/return/events", &params) == "/pay/return/{token}");
  CHECK(params == std::vector<std::string>{"events"});
  CHECK(matched(table(), Method::get, "/pay/abc/events") == "/pay/{token}/events");
}

}  // namespace tollgate::net
