#include "refund/model.hpp"

#include <catch2/catch.hpp>

using namespace tollgate::refund;

TEST_CASE("refunds change only as the table says") {
  for (const auto from : all_statuses)
    for (const auto to : all_statuses) {
      const bool allowed = (from == Status::pending && to != Status::pending) ||
                           (from == Status::failed && to == Status::succeeded);
      CHECK(may_change(from, to) == allowed);
    }
}

TEST_CASE("each status has its word and is read back from it") {
  for (const auto status : all_statuses) CHECK(parse_status(to_string(status)) == status);
  CHECK_FALSE(parse_status("refunded"));
}
