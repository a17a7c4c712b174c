#include <catch2/catch.hpp>

#include "channel/handlers.hpp"
#include "fixture.hpp"

using namespace tollgate;
using namespace tollgate::test;

namespace {

const db::Sql callback_rows{
    "SELECT operation || ' ' || outcome || ' ' || status FROM exchanges WHERE pay_no = 0"};

net::Request notice() {
  net::Request request;
  request.method = net::Method::post;
  request.path = "/callbacks/acc-1";
  request.query = "a=1";
  request.body = "the notice";
  request.headers.add("X-Sign", "s");
  request.headers.add("x-sign", "second");
  return request;
}

sdk::CallbackVerdict genuine(const std::string& receiver) {
  sdk::CallbackVerdict verdict;
  verdict.authentic = true;
  verdict.applies = true;
  verdict.event_id = "E1";
  verdict.outcome = sdk::Outcome(sdk::Verdict::succeeded);
  verdict.outcome.receiver = receiver;
  verdict.outcome.pay_no = "42";
  verdict.ack = {200, "success", "text/plain"};
  verdict.nack = {401, "failure", "text/plain"};
  return verdict;
}

}  // namespace

TEST_CASE("a genuine notice is judged as the plugin says, and its receiver by the host") {
  const auto receiver = GENERATE(as<std::string>(), "toy/1", "toy/2", "");
  House house;
  const auto account = house.account(toy_plugin(), dead_url());
  sdk::CallbackInput seen;
  toy().next_of_callback = [&](const sdk::CallbackInput& input,
                               const sdk::Response*) -> sdk::CallbackStep {
    seen = input;
    return genuine(receiver);
  };
  const auto judgement = house.await(house.driver.judge(account, notice()));
  CHECK(judgement.verdict.authentic);
  CHECK(judgement.verdict.applies);
  CHECK(judgement.verdict.refusal == sdk::Refusal::none);
  CHECK(judgement.verdict.outcome.pay_no == "42");
  CHECK(judgement.verdict.ack.body == "success");
  CHECK(judgement.receiver_matches == (receiver == "toy/1"));
  CHECK(seen.method == "POST");
  CHECK(seen.path == "/callbacks/acc-1");
  CHECK(seen.query == "a=1");
  CHECK(seen.body == "the notice");
  CHECK(seen.header("x-sign") == "s");
  CHECK(seen.max_age_s == 300);
}

TEST_CASE("P8: of a notice that is not authentic nothing is taken over but the refusal") {
  House house;
  const auto account = house.account(toy_plugin(), dead_url());
  toy().next_of_callback = [&](const sdk::CallbackInput&,
                               const sdk::Response*) -> sdk::CallbackStep {
    auto verdict = genuine("toy/1");
    verdict.authentic = false;
    verdict.refusal = sdk::Refusal::stale;
    return verdict;
  };
  const auto judgement = house.await(house.driver.judge(account, notice()));
  CHECK_FALSE(judgement.verdict.authentic);
  CHECK_FALSE(judgement.verdict.applies);
  CHECK_FALSE(judgement.receiver_matches);
  CHECK(judgement.verdict.outcome.verdict == sdk::Verdict::unknown);
  CHECK(judgement.verdict.outcome.pay_no.empty());
  CHECK(judgement.verdict.refusal == sdk::Refusal::stale);
  CHECK(judgement.verdict.nack.body == "failure");
}

TEST_CASE(
    "P8: a verdict without a refusal word is malformed; one without a usable answer is "
    "unavailable") {
  House house;
  const auto account = house.account(toy_plugin(), dead_url());
  sdk::CallbackVerdict verdict;
  verdict.refusal = sdk::Refusal::none;
  verdict.nack = {401, "", "text/plain"};
  toy().next_of_callback = [&](const sdk::CallbackInput&,
                               const sdk::Response*) -> sdk::CallbackStep { return verdict; };
  CHECK(house.await(house.driver.judge(account, notice())).verdict.refusal ==
        sdk::Refusal::malformed);
  verdict = genuine("toy/1");
  verdict.ack.status = 500;
  const auto judgement = house.await(house.driver.judge(account, notice()));
  CHECK_FALSE(judgement.verdict.authentic);
  CHECK(judgement.verdict.refusal == sdk::Refusal::unavailable);
}

TEST_CASE("a callback that needs an exchange has it, on record") {
  House house;
  Peer peer({{.body = "certificate"}});
  const auto account = house.account(toy_plugin(), peer.url());
  toy().next_of_callback = [&](const sdk::CallbackInput&,
                               const sdk::Response* response) -> sdk::CallbackStep {
    if (!response) return request_to(peer.url() + "/certificates");
    CHECK(response->body == "certificate");
    return genuine("toy/1");
  };
  CHECK(house.await(house.driver.judge(account, notice())).verdict.authentic);
  const auto row = house.database->read_blocking(
      [](db::Tx& tx) { return tx.value<std::string>(callback_rows); });
  CHECK(row == "callback authentic 200");
}

TEST_CASE(
    "P8, P10: an exception while judging refuses the notice for now, alarms, and opens no "
    "breaker") {
  House house;
  channel::add_standard_handlers(house.driver, house.metrics);
  const auto account = house.account(toy_plugin(), dead_url());
  toy().next_of_callback = [](const sdk::CallbackInput&,
                              const sdk::Response*) -> sdk::CallbackStep {
    throw std::runtime_error("oh");
  };
  for (int i = 0; i < 6; ++i) {
    const auto judgement = house.await(house.driver.judge(account, notice()));
    CHECK_FALSE(judgement.verdict.authentic);
    CHECK(judgement.verdict.nack.status == 503);
  }
  CHECK(account->breaker().state() == channel::Breaker::State::closed);
  CHECK(house.metrics.render().find(
            "tollgate_channel_alerts_total{channel=\"toy\",reason=\"plugin_exception\"} 6") !=
        std::string::npos);
}
