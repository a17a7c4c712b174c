#include "api/context.hpp"

#include <catch2/catch.hpp>

#include "api/params.hpp"

using namespace tollgate;
using namespace tollgate::api;

namespace {

net::Request asked(std::string query) {
  net::Request request;
  request.query = std::move(query);
  return request;
}

net::Request sent(std::string body, std::string type = "application/json") {
  net::Request request;
  if (!type.empty()) request.headers.add("Content-Type", std::move(type));
  request.body = std::move(body);
  return request;
}

template <class T>
std::string pointer_of(const Result<T>& result) {
  return result || result.error().fields.empty() ? "(none)" : result.error().fields.front().pointer;
}

}  // namespace

TEST_CASE("a parameter that is absent, empty or broken is three things (P12)", "[unit][api]") {
  CHECK_FALSE(text_param(asked("b=1"), "a").value());
  CHECK(text_param(asked("a=&b=1"), "a").value() == "");
  CHECK(text_param(asked("a=x+y%2Fz"), "a").value() == "x y/z");
  for (const char* broken : {"a=%zz", "a=%", "a=%4", "a=%ff", "a=%C0%80"}) {
    CAPTURE(broken);
    const auto read = text_param(asked(broken), "a");
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == Errc::invalid_request);
    CHECK(pointer_of(read) == "/a");
  }
  CHECK(text_param(asked("other=%zz&a=1"), "a").value() == "1");
}

TEST_CASE("an id among the parameters is a decimal number or an error with its pointer (P12)",
          "[unit][api]") {
  CHECK(id_param<OrderId>(asked("order_id=42"), "order_id").value() == OrderId(42));
  CHECK_FALSE(id_param<OrderId>(asked(""), "order_id").value());
  for (const char* bad : {"order_id=", "order_id=x", "order_id=-1", "order_id=%zz"}) {
    CAPTURE(bad);
    CHECK(pointer_of(id_param<OrderId>(asked(bad), "order_id")) == "/order_id");
  }
}

TEST_CASE("a page's limit and place are checked, broken escapes too (P12)", "[unit][api]") {
  CHECK(parse_page(asked("")).value().limit == 20);
  CHECK(parse_page(asked("limit=100&starting_after=7")).value().starting_after == 7);
  for (const char* bad : {"limit=0", "limit=101", "limit=x", "limit=1x", "limit=", "limit=%zz"})
    CHECK(pointer_of(parse_page(asked(bad))) == "/limit");
  for (const char* bad : {"starting_after=x", "starting_after=%zz"})
    CHECK(pointer_of(parse_page(asked(bad))) == "/starting_after");
}

TEST_CASE("where no body is needed, one that says something is refused (P12)", "[unit][api]") {
  CHECK(parse_nothing(sent("", "")).has_value());
  CHECK(parse_nothing(sent("{}")).has_value());
  CHECK(pointer_of(parse_nothing(sent(R"({"amount": 1})"))) == "/amount");
  CHECK(parse_nothing(sent("[]")).error().code == Errc::invalid_request);
  CHECK(parse_nothing(sent("{")).error().code == Errc::malformed_request);
  CHECK(parse_nothing(sent("{}", "text/plain")).error().code == Errc::unsupported_media_type);
  CHECK(parse_nothing(sent("{}", "")).error().code == Errc::unsupported_media_type);
}
