#include "payment/model.hpp"

#include <catch2/catch.hpp>

using namespace tollgate;
using namespace tollgate::payment;

TEST_CASE("a paid attempt never changes again, and nothing else turns back") {
  for (const Status from : all_statuses)
    for (const Status to : all_statuses) {
      const bool wanted =
          (from == Status::pending && to != Status::pending) ||
          ((from == Status::closed || from == Status::failed) && to == Status::paid);
      CHECK(may_change(from, to) == wanted);
    }
}

TEST_CASE("a fact is read back from its text as it was") {
  Fact fact;
  fact.verdict = sdk::Verdict::succeeded;
  fact.reason = sdk::Reason::closed;
  fact.pay_no = "1";
  fact.channel_trade_no = "42\n\"x\"";
  fact.currency = "CNY";
  fact.amount = INT64_MAX;
  fact.time = {5};
  fact.receiver_matches = true;
  fact.of_another = true;
  const auto read = fact_from_json(to_json(fact));
  REQUIRE(read.has_value());
  CHECK(to_json(*read) == to_json(fact));
  for (const char* bad : {"", "{}", "[]", "{\"verdict\":\"x\"}"}) CHECK_FALSE(fact_from_json(bad));
}

TEST_CASE("a fact is of another where the channel names a receiver that is not ours") {
  sdk::Outcome outcome;
  CHECK_FALSE(fact_of(outcome, false).of_another);
  outcome.receiver = "them";
  CHECK(fact_of(outcome, false).of_another);
  CHECK_FALSE(fact_of(outcome, true).of_another);
}

TEST_CASE("a fact about a refund keeps its numbers") {
  Fact fact;
  fact.verdict = sdk::Verdict::succeeded;
  fact.about_refund = true;
  fact.refund_no = "9";
  fact.channel_refund_no = "5000";
  fact.refund_amount = 4900;
  const auto read = fact_from_json(to_json(fact));
  REQUIRE(read.has_value());
  CHECK(read->about_refund);
  CHECK(read->refund_no == "9");
  CHECK(read->channel_refund_no == "5000");
  CHECK(read->refund_amount == 4900);
}

TEST_CASE("the action is shown while the attempt is pending and its material valid") {
  Payment payment;
  payment.pay_no = PayNo(7);
  payment.currency = "CNY";
  payment.action = {sdk::ActionType::qr, "weixin://x", TimeMs{1'000}};
  const auto shown = [&](TimeMs now) {
    return to_json(
        payment, [](std::string_view) { return std::string("png"); }, now);
  };
  CHECK(shown({999}).find("\"content\":\"weixin://x\"") != std::string::npos);
  CHECK(shown({1'000}).find("\"action\":null") != std::string::npos);
  payment.status = Status::paid;
  CHECK(shown({999}).find("\"action\":null") != std::string::npos);
}
