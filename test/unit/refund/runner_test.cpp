#include "refund/runner.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <deque>

#include "fixture.hpp"

using namespace tollgate;
using namespace tollgate::refund;
using sdk::OperationKind;
using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

namespace {

/// Nothing is sent: the toy's operations end at once.
class NoNetwork final : public net::HttpClient {
 public:
  net::Awaitable<net::ClientResponse> send(net::ClientRequest) override {
    co_return net::ClientResponse();
  }
};

struct Fixture : test::RefundHouse {
  NoNetwork network;
  channel::Driver driver{{}, network, *database, ids, clock, metrics};
  Runner runner{{"https://pay.example", {5, 10, 20}},
                {*database, driver, accounts, clock, random, book}};
  Refund refund = begin(4900).value();
  std::deque<Outcome> answers;
  std::vector<OperationKind> asked;
  int runs = 0;

  Fixture() {
    test::toy().inputs.clear();
    test::toy().next = [this](int, const sdk::Response*) -> sdk::Step {
      asked.push_back(test::toy().inputs.back().kind);
      Outcome next = answers.empty() ? Outcome() : answers.front();
      if (!answers.empty()) answers.pop_front();
      return next;
    };
  }
  Outcome done() const {
    Outcome outcome(Verdict::succeeded);
    outcome.refund_no = refund.refund_id.str();
    outcome.pay_no = refund.pay_no.str();
    outcome.refund_amount = 4900;
    outcome.currency = "CNY";
    outcome.channel_refund_no = "5000";
    return outcome;
  }
  /// Runs the job; in how many seconds it wants to run again.
  std::optional<std::int64_t> run() {
    outbox::Job job;
    job.kind = refund_job;
    job.subject = refund.refund_id.value();
    job.attempt = runs++;
    boost::asio::io_context context;
    auto next = boost::asio::co_spawn(context, runner.run(job), boost::asio::use_future);
    context.run();
    const auto due = next.get();
    if (!due) return std::nullopt;
    return (due->ms - clock.now().ms) / 1000;
  }
  /// Ends the fixture's own refund, so that all is left to be refunded.
  bool apply_failure() {
    News news = news_of(done(), false);
    news.verdict = Verdict::failed;
    return database->write_blocking(
        [&](db::Tx& tx) { return book.apply(tx, "toy-a", news, "test") == Applied::failed; });
  }
  Status status() { return now(refund.refund_id).status; }
};

}  // namespace

TEST_CASE_METHOD(Fixture,
                 "a refund is sent once, then asked about until the channel has ended it") {
  answers = {Outcome(Verdict::pending), Outcome(), done()};
  CHECK(run().has_value());
  CHECK(run().has_value());
  CHECK_FALSE(run().has_value());
  CHECK(asked == std::vector{OperationKind::refund, OperationKind::query_refund,
                             OperationKind::query_refund});
  CHECK(status() == Status::succeeded);
  for (const auto& input : test::toy().inputs) {
    CHECK(input.refund_no == refund.refund_id.str());
    CHECK(input.pay_no == "1");
    CHECK(input.amount == 4900);
    CHECK(input.total == 9900);
    CHECK(input.channel_trade_no == "4200");
    CHECK(input.notify_url == "https://pay.example/callbacks/toy-a");
  }
}

TEST_CASE_METHOD(Fixture, "a refund that waits for approval is not sent, whatever wakes its job") {
  REQUIRE(apply_failure());
  refund = begin(9900).value();
  REQUIRE(refund.waits());
  CHECK_FALSE(run());
  CHECK(asked.empty());
  REQUIRE(approve(refund.refund_id, "ops").has_value());
  run();
  CHECK(asked == std::vector{OperationKind::refund});
}

TEST_CASE_METHOD(Fixture, "an unknown outcome is asked about and never sent under a new number") {
  answers = {Outcome(Verdict::unknown), Outcome(Verdict::pending, Reason::not_found), done()};
  run();
  run();
  CHECK(asked == std::vector{OperationKind::refund, OperationKind::query_refund});
  CHECK_FALSE(run());  // the channel has not got it: the same number goes again
  CHECK(asked.back() == OperationKind::refund);
  CHECK(test::toy().inputs.back().refund_no == refund.refund_id.str());
  CHECK(status() == Status::succeeded);
}

TEST_CASE_METHOD(Fixture, "a crash after the intent leaves a refund that is asked about") {
  database->write_blocking([&](db::Tx& tx) {
    store::set_at_channel(tx, refund.refund_id, true);
    return true;
  });
  answers = {done()};
  CHECK_FALSE(run());
  CHECK(asked == std::vector{OperationKind::query_refund});
}

TEST_CASE_METHOD(Fixture, "a short balance waits and is sent again under the same number") {
  answers = {Outcome(Verdict::retry, Reason::balance), done()};
  CHECK(run().value() >= 600);
  CHECK(status() == Status::pending);
  CHECK_FALSE(run());
  CHECK(asked == std::vector{OperationKind::refund, OperationKind::refund});
}

TEST_CASE_METHOD(Fixture, "a channel that asks to slow down gets the time that it asks for") {
  Outcome busy(Verdict::retry, Reason::frequency);
  busy.retry_after_s = 120;
  answers = {busy};
  CHECK(run().value() >= 120);
}

TEST_CASE_METHOD(Fixture, "the channel's refusal ends it") {
  Outcome refused(Verdict::failed, Reason::rejected);
  refused.channel_code = "USER_ACCOUNT_ABNORMAL";
  answers = {refused};
  CHECK_FALSE(run());
  CHECK(status() == Status::failed);
  CHECK(now(refund.refund_id).failure_code == "USER_ACCOUNT_ABNORMAL");
}

TEST_CASE_METHOD(Fixture, "an answer about another receiver does not end it") {
  Outcome foreign = done();
  foreign.receiver = "toy/2";
  answers = {foreign};
  CHECK(run().has_value());
  CHECK(status() == Status::pending);
}

TEST_CASE_METHOD(Fixture, "an account that is not configured any more keeps the refund waiting") {
  accounts.replace({});
  CHECK(run().has_value());
  CHECK(status() == Status::pending);
  CHECK(asked.empty());
}

TEST_CASE_METHOD(Fixture, "a refund that is over is not asked about") {
  answers = {done()};
  run();
  CHECK_FALSE(run());
  CHECK(asked.size() == 1);
}
