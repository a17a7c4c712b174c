#include "notify/endpoint.hpp"

#include <catch2/catch.hpp>

using namespace tollgate;
using namespace tollgate::notify;

TEST_CASE("P10: an endpoint that never answers is tried one at a time; an answer opens it again") {
  Endpoint endpoint{WebhookId(1)};
  REQUIRE(endpoint.free(8) == 8);
  endpoint.failures = 8;
  REQUIRE(endpoint.free(8) == 1);
  endpoint.in_flight = 1;
  REQUIRE(endpoint.free(8) == 0);
  endpoint.failures = 0;
  REQUIRE(endpoint.free(8) == 7);
}

TEST_CASE("deliveries are claimed ahead only for an endpoint that answers fast") {
  Endpoint endpoint{WebhookId(1)};
  REQUIRE(endpoint.want(8) == 8);
  endpoint.in_flight = 8;
  REQUIRE(endpoint.want(8) == 0);
  endpoint.last_ms = 3;
  REQUIRE(endpoint.want(8) == Endpoint::ahead);
  endpoint.buffer.resize(Endpoint::ahead / 2 + 1);
  REQUIRE(endpoint.want(8) == 0);
  endpoint.failures = 1;
  REQUIRE(endpoint.want(8) == 0);
}
