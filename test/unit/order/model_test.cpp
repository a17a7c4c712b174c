#include "order/model.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace tollgate::order;

TEST_CASE("of all pairs of states exactly seven changes exist, each with its event (P3)") {
  std::set<std::string> allowed;
  for (const Status from : all_statuses)
    for (const Status to : all_statuses)
      if (const auto* change = find_transition(from, to))
        allowed.insert(std::string(to_string(from)) + ">" + std::string(to_string(to)) + " " +
                       std::string(change->event));
  CHECK(allowed ==
        std::set<std::string>{"unpaid>paid order.paid", "unpaid>cancelled order.cancelled",
                              "unpaid>expired order.expired", "unpaid>failed order.failed",
                              "paid>refunded order.refunded", "expired>paid order.paid",
                              "cancelled>paid order.paid"});
}

TEST_CASE("a state is read back from its word, and from no other") {
  for (const Status status : all_statuses) CHECK(parse_status(to_string(status)) == status);
  for (const char* bad : {"", "Unpaid", "closing", "unpaid "}) CHECK_FALSE(parse_status(bad));
}

TEST_CASE("the pair of user and business stays taken while unpaid or paid") {
  for (const Status status : all_statuses)
    CHECK(is_live(status) == (status == Status::unpaid || status == Status::paid));
}
