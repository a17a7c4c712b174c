// Plugins that load and then misbehave: each ends as an outcome, none as a crash.
#include <catch2/catch.hpp>

#include "channel/handlers.hpp"
#include "fixture.hpp"

using namespace tollgate;
using namespace tollgate::test;

namespace {

std::shared_ptr<const channel::Plugin> broken(const std::string& name) {
  return channel::Plugin::load(std::string(TOLLGATE_BROKEN_DIR) + "/" + name + ".so").value();
}

sdk::OperationInput native_query() {
  auto input = input_of(sdk::OperationKind::query);
  input.method = "native";
  return input;
}

}  // namespace

TEST_CASE(
    "P10: whatever a plugin answers, the outcome is unknown by plugin_exception, with the cause") {
  struct Row {
    const char* file;
    const char* cause;
  };
  const auto row = GENERATE(values<Row>({
      {"no_step", "the step neither sends nor is done"},
      {"garbage_step", "the step both sends and is done"},
      {"unknown_verdict", "outcome.verdict has the unknown value 77"},
      {"negative_amount", "outcome.amount is negative"},
      {"huge_span", "outcome.material is longer than 1048576 bytes"},
      {"null_span", "outcome.channel_trade_no is null with a size"},
      {"tiny_outcome", "struct_size is too small"},
      {"cut_pointer", "request: struct_size is too small"},
      {"many_headers", "more than 100 headers"},
      {"begin_null", "the plugin began nothing"},
      {"wrong_end", "an operation ended with a callback's verdict"},
  }));
  House house;
  channel::add_standard_handlers(house.driver, house.metrics);
  const auto account = house.account(broken(row.file), dead_url());
  const auto outcome = house.run(account, native_query());
  INFO(row.file);
  CHECK(outcome.verdict == sdk::Verdict::unknown);
  CHECK(outcome.reason == sdk::Reason::plugin_exception);
  CHECK(outcome.channel_message.find(row.cause) != std::string::npos);
  CHECK(outcome.material.empty());
  CHECK(house.exchanges(PayNo(42)).empty());
  const auto metrics = house.metrics.render();
  CHECK(metrics.find(
            "tollgate_channel_alerts_total{channel=\"stub\",reason=\"plugin_exception\"} 1") !=
        std::string::npos);
}

TEST_CASE("P10: a plugin that never ends is stopped after 8 sends") {
  House house;
  Peer peer({{}});
  const auto account = house.account(broken("endless_sends"), peer.url() + "/x");
  const auto outcome = house.run(account, native_query());
  CHECK(outcome.reason == sdk::Reason::plugin_exception);
  CHECK(outcome.channel_message.find("more than 8 sends") != std::string::npos);
  CHECK(peer.requests().size() == 8);
  CHECK(house.exchanges(PayNo(42)).size() == 8);
}

TEST_CASE("P8, P10: a callback that a broken plugin judges is never authentic, and comes again") {
  const auto file =
      GENERATE(as<std::string>(), "no_step", "garbage_step", "begin_null", "wrong_end");
  House house;
  const auto account = house.account(broken(file), dead_url());
  net::Request request;
  request.method = net::Method::post;
  const auto judgement = house.await(house.driver.judge(account, request));
  INFO(file);
  CHECK_FALSE(judgement.verdict.authentic);
  CHECK_FALSE(judgement.verdict.applies);
  CHECK_FALSE(judgement.receiver_matches);
  CHECK(judgement.verdict.refusal == sdk::Refusal::unavailable);
  CHECK(judgement.verdict.nack.status == 503);
}

TEST_CASE("P10: beside an account whose plugin is broken, another's operations and notices go on") {
  const auto file =
      GENERATE(as<std::string>(), "no_step", "garbage_step", "huge_span", "endless_sends", "slow");
  House house;
  channel::add_standard_handlers(house.driver, house.metrics);
  Peer peer({{}});
  const auto bad = house.account(broken(file), peer.url() + "/bad", "bad-1");
  const auto good = house.account(toy_plugin(), peer.url(), "good-1");
  toy().next = [&](int, const sdk::Response* response) -> sdk::Step {
    if (!response) return request_to(peer.url() + "/good");
    return sdk::Outcome(response->status == 200 ? sdk::Verdict::pending : sdk::Verdict::unknown);
  };
  toy().next_of_callback = [](const sdk::CallbackInput&, const sdk::Response*) {
    sdk::CallbackVerdict verdict;
    verdict.authentic = true;
    verdict.event_id = "EV-1";
    verdict.ack = {200, "success", "text/plain"};
    verdict.nack = {401, "failure", "text/plain"};
    return sdk::CallbackStep(verdict);
  };
  net::Request notice;
  notice.method = net::Method::post;
  INFO(file);
  for (int round = 0; round < 6; ++round) {  // more than what opens a breaker
    CHECK(house.run(bad, native_query()).verdict == sdk::Verdict::unknown);
    CHECK_FALSE(house.await(house.driver.judge(bad, notice)).verdict.authentic);
    CHECK(house.run(good, input_of(sdk::OperationKind::query)).verdict == sdk::Verdict::pending);
    CHECK(house.await(house.driver.judge(good, notice)).verdict.authentic);
  }
  CHECK(good->breaker().state() == channel::Breaker::State::closed);
}
