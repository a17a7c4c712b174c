#include "channel/driver.hpp"

#include <catch2/catch.hpp>

#include "channel/handlers.hpp"
#include "fixture.hpp"

using namespace tollgate;
using namespace tollgate::test;
using Kind = Peer::Reply::Kind;
using sdk::OperationKind;
using sdk::Reason;
using sdk::Transport;
using sdk::Verdict;

namespace {

/// Sends one request to `url`; then done, with `verdict` where there was an answer below 500.
void script_one_exchange(const std::string& url, Verdict verdict, bool resend_safe = false) {
  toy().next = [=](int, const sdk::Response* response) -> sdk::Step {
    if (!response) {
      auto request = request_to(url);
      request.resend_safe = resend_safe;
      return request;
    }
    sdk::Outcome outcome;
    if (response->transport == Transport::ok && response->status < 500) outcome.verdict = verdict;
    outcome.channel_code = std::to_string(static_cast<int>(response->transport)) + "/" +
                           std::to_string(response->status);
    return outcome;
  };
}

struct Recorder final : channel::OperationHandler {
  Recorder(std::string n, std::vector<std::string>& l) : name(std::move(n)), log(l) {}
  std::optional<sdk::Outcome> before(const channel::OperationView&, channel::Account&) override {
    log.push_back(name + " before");
    if (throws) throw std::runtime_error("handler");
    return refusal;
  }
  void after(const channel::OperationView& view, channel::Account&, const sdk::Outcome&,
             std::int64_t) override {
    log.push_back(name + " after " + std::to_string(view.status));
  }
  void exception(const channel::OperationView&, channel::Account&, const std::string&) override {
    log.push_back(name + " exception");
  }
  std::string name;
  std::vector<std::string>& log;
  std::optional<sdk::Outcome> refusal;
  bool throws = false;
};

}  // namespace

TEST_CASE("an operation sends what the plugin asks for and ends with its outcome") {
  House house;
  Peer peer({{.body = R"({"id":"T1"})", .headers = "X-Trace: abc\r\n"}});
  const auto account = house.account(toy_plugin(), peer.url());
  toy().next = [&](int exchange, const sdk::Response* response) -> sdk::Step {
    if (exchange < 2) {
      auto request = request_to(peer.url() + "/step/" + std::to_string(exchange));
      request.headers = {{"X-Number", std::to_string(exchange), false}};
      return request;
    }
    CHECK(response->header("x-trace") == "abc");
    CHECK(response->body == R"({"id":"T1"})");
    sdk::Outcome outcome(Verdict::pending);
    outcome.channel_trade_no = "T1";
    outcome.material = "weixin://x";
    return outcome;
  };
  const auto outcome = house.run(account, pay_input());
  CHECK(outcome.verdict == Verdict::pending);
  CHECK(outcome.material == "weixin://x");
  REQUIRE(peer.requests().size() == 2);
  CHECK(peer.requests()[1].find("POST /step/1 HTTP/1.1") == 0);
  CHECK(peer.requests()[1].find("X-Number: 1") != std::string::npos);
  CHECK(toy().inputs.at(0).pay_no == "42");
}

TEST_CASE("what the plugin does not declare is refused before it is asked") {
  House house;
  const auto account = house.account(toy_plugin(), dead_url());
  const auto refused = [&](const char* method, sdk::OperationInput input) {
    auto call = house.driver.begin(account, *account->capability(method), std::move(input));
    return !call && call.error().code == Errc::method_unavailable;
  };
  CHECK(refused("qr", input_of(OperationKind::fetch_bill)));
  CHECK(refused("link", input_of(OperationKind::refund)));
  auto yen = pay_input();
  yen.currency = "JPY";
  CHECK(refused("qr", yen));
  auto rich = pay_input();
  rich.amount = 1'000'001;
  CHECK(refused("qr", rich));
  CHECK(toy().inputs.empty());
}

TEST_CASE("P10: a channel that hangs is given up after the timeout, and the outcome is unknown") {
  House house(300);
  Peer peer({{.kind = Kind::hang}});
  const auto account = house.account(toy_plugin(), peer.url());
  script_one_exchange(peer.url(), Verdict::succeeded);
  const auto began = house.clock.steady_ms();
  const auto outcome = house.run(account, pay_input());
  CHECK(outcome.verdict == Verdict::unknown);
  CHECK(outcome.channel_code == "2/0");
  CHECK(house.clock.steady_ms() - began >= 250);
  CHECK(house.clock.steady_ms() - began < 4'000);
}

TEST_CASE("the timeout is for the whole operation, not for each exchange") {
  House house(400);
  Peer peer({{}, {.kind = Kind::hang}});
  const auto account = house.account(toy_plugin(), peer.url());
  std::vector<Transport> seen;
  toy().next = [&](int exchange, const sdk::Response* response) -> sdk::Step {
    if (response) seen.push_back(response->transport);
    if (exchange < 3) return request_to(peer.url());
    return sdk::Outcome();
  };
  const auto began = house.clock.steady_ms();
  house.run(account, pay_input());
  CHECK(house.clock.steady_ms() - began < 4'000);
  CHECK(seen == std::vector{Transport::ok, Transport::maybe_sent, Transport::not_sent});
  CHECK(peer.requests().size() == 2);
}

TEST_CASE(
    "P2, P6: a cut connection is unknown, and what may have been received is not sent twice") {
  House house;
  Peer peer({{.kind = Kind::cut}, {}});
  const auto account = house.account(toy_plugin(), peer.url());
  script_one_exchange(peer.url(), Verdict::succeeded);
  CHECK(house.run(account, pay_input()).verdict == Verdict::unknown);
  CHECK(peer.requests().size() == 1);
}

TEST_CASE("a request that may be received twice is sent again once") {
  House house;
  Peer peer({{.kind = Kind::cut}, {}});
  const auto account = house.account(toy_plugin(), peer.url());
  script_one_exchange(peer.url(), Verdict::succeeded, true);
  CHECK(house.run(account, pay_input()).verdict == Verdict::succeeded);
  CHECK(peer.requests().size() == 2);
  CHECK(house.exchanges(PayNo(42)).size() == 2);
}

TEST_CASE(
    "a request that surely was not received is sent again once, then the plugin hears of it") {
  House house;
  const auto account = house.account(toy_plugin(), dead_url());
  script_one_exchange(dead_url(), Verdict::succeeded);
  const auto outcome = house.run(account, pay_input());
  CHECK(outcome.channel_code == "1/0");
  CHECK(house.exchanges(PayNo(42)).size() == 2);
}

TEST_CASE("P2: failed is not believed while the last request may have been acted on") {
  House house;
  Peer peer({{.kind = Kind::cut}});
  const auto account = house.account(toy_plugin(), peer.url());
  toy().next = [&](int, const sdk::Response* response) -> sdk::Step {
    if (!response) return request_to(peer.url());
    return sdk::Outcome(Verdict::failed);
  };
  CHECK(house.run(account, pay_input()).verdict == Verdict::unknown);
  CHECK(house.run(account, input_of(OperationKind::query)).verdict == Verdict::failed);
}

TEST_CASE("P10: a request that could harm the house is not sent") {
  House house;
  Peer peer({{}});
  const auto account = house.account(toy_plugin(), peer.url());
  const auto message = [&](sdk::Request request) {
    toy().next = [=](int, const sdk::Response*) -> sdk::Step { return request; };
    const auto outcome = house.run(account, pay_input());
    CHECK(outcome.reason == Reason::plugin_exception);
    return outcome.channel_message;
  };
  CHECK(message(request_to("/relative")).find("not absolute") != std::string::npos);
  CHECK(message(request_to("http://pay.example.com/x")).find("neither https") != std::string::npos);
  CHECK(message(request_to("file:///etc/passwd")).find("URL") != std::string::npos);
  CHECK(message(request_to("https://u:p@pay.example.com/")).find("user info") != std::string::npos);
  for (const auto* url : {"http://127.0.0.1.example.com/", "https://127.0.0.1.example.com:443/x"})
    CHECK(message(request_to(url)) == "the URL's host is malformed");
  CHECK(message(request_to("http://localhost.example.com/")).find("neither") != std::string::npos);
  CHECK(house.exchanges(PayNo(42)).empty());
  auto request = request_to(peer.url());
  request.method = "BREW";
  CHECK(message(request).find("method") != std::string::npos);
  request = request_to(peer.url());
  request.headers = {{"X-A", "1\r\nX-B: 2", false}};
  CHECK(message(request).find("X-A") != std::string::npos);
  request.headers = {{"X A", "1", false}};
  CHECK(message(request).find("not a token") != std::string::npos);
  request.headers = {{"Content-Length", "1", false}};
  CHECK(message(request).find("the host's to set") != std::string::npos);
  CHECK(peer.requests().empty());
}

TEST_CASE("P10: an exception in a plugin is unknown by plugin_exception") {
  House house;
  const auto account = house.account(toy_plugin(), dead_url());
  toy().next = [](int, const sdk::Response*) -> sdk::Step {
    throw std::runtime_error("no luck with {\"token\":\"s3cr3t\"}");
  };
  const auto outcome = house.run(account, pay_input());
  CHECK(outcome.verdict == Verdict::unknown);
  CHECK(outcome.reason == Reason::plugin_exception);
  CHECK(outcome.channel_message.find("no luck") == 0);
  CHECK(outcome.channel_message.find("s3cr3t") == std::string::npos);
}

TEST_CASE("texts of an outcome are valid and bounded") {
  House house;
  const auto account = house.account(toy_plugin(), dead_url());
  toy().next = [](int, const sdk::Response*) -> sdk::Step {
    sdk::Outcome outcome(Verdict::failed, Reason::rejected);
    outcome.channel_code = std::string(5'000, 'c');
    outcome.channel_message = "bad \xff byte";
    outcome.retry_after_s = -5;
    return outcome;
  };
  const auto outcome = house.run(account, pay_input());
  CHECK(outcome.verdict == Verdict::failed);
  CHECK(outcome.channel_code.size() == 128);
  CHECK(outcome.channel_message == "bad \xEF\xBF\xBD byte");
  CHECK(outcome.retry_after_s == 0);
}

TEST_CASE("handlers run outside in and inside out, and each before that passed has one end") {
  House house;
  Peer peer({{.status = 202}});
  std::vector<std::string> log;
  auto inner = std::make_unique<Recorder>("inner", log);
  auto* inner_view = inner.get();
  house.driver.add_handler(std::make_unique<Recorder>("outer", log));
  house.driver.add_handler(std::move(inner));
  const auto account = house.account(toy_plugin(), peer.url());
  script_one_exchange(peer.url(), Verdict::succeeded);

  house.run(account, pay_input());
  CHECK(log == std::vector<std::string>{"outer before", "inner before", "inner after 202",
                                        "outer after 202"});

  log.clear();
  inner_view->refusal = sdk::Outcome(Verdict::retry);
  CHECK(house.run(account, pay_input()).verdict == Verdict::retry);
  CHECK(log == std::vector<std::string>{"outer before", "inner before", "outer after 0"});
  CHECK(peer.requests().size() == 1);

  log.clear();
  inner_view->refusal.reset();
  inner_view->throws = true;
  CHECK(house.run(account, pay_input()).verdict == Verdict::succeeded);

  log.clear();
  toy().next = [](int, const sdk::Response*) -> sdk::Step { throw 7; };
  house.run(account, pay_input());
  CHECK(log == std::vector<std::string>{"outer before", "inner before", "inner exception",
                                        "outer exception"});
}

TEST_CASE("P10: after five failures nothing is sent to the account until the probe") {
  ManualClock clock;
  House house(5'000, &clock);
  channel::add_standard_handlers(house.driver, house.metrics);
  Peer peer(
      {{.status = 500}, {.status = 500}, {.status = 500}, {.status = 500}, {.status = 500}, {}});
  const auto account = house.account(toy_plugin(), peer.url());
  script_one_exchange(peer.url(), Verdict::succeeded);
  for (int i = 0; i < 5; ++i) CHECK(house.run(account, pay_input()).channel_code == "0/500");

  const auto refused = house.run(account, pay_input());
  CHECK(refused.verdict == Verdict::unknown);
  CHECK(refused.channel_code == "breaker_open");
  CHECK(peer.requests().size() == 5);

  clock.advance_ms(10'000);
  CHECK(house.run(account, pay_input()).verdict == Verdict::succeeded);
  CHECK(account->breaker().state() == channel::Breaker::State::closed);
  const auto metrics = house.metrics.render();
  CHECK(metrics.find("tollgate_channel_operations_total{channel=\"toy\",operation=\"pay\",verdict="
                     "\"unknown\"} 6") != std::string::npos);
}

TEST_CASE(
    "what a breaker counts: transport, 5xx, unverified, exceptions; not what the channel refuses") {
  struct Row {
    const char* name;
    int status;
    sdk::Outcome outcome;
    bool counts;
  };
  const auto row = GENERATE(values<Row>({
      {"refused", 400, sdk::Outcome(Verdict::failed, Reason::rejected), false},
      {"too often", 429, sdk::Outcome(Verdict::retry, Reason::frequency), false},
      {"5xx", 503, sdk::Outcome(), true},
      {"unverified", 200, sdk::Outcome(Verdict::unknown, Reason::unverified), true},
  }));
  House house;
  channel::add_standard_handlers(house.driver, house.metrics);
  Peer peer({{.status = row.status}});
  const auto account = house.account(toy_plugin(), peer.url());
  toy().next = [&](int, const sdk::Response* response) -> sdk::Step {
    if (!response) return request_to(peer.url());
    return row.outcome;
  };
  for (int i = 0; i < 5; ++i) house.run(account, pay_input());
  INFO(row.name);
  CHECK((account->breaker().state() == channel::Breaker::State::open) == row.counts);
}

TEST_CASE("an operation that sends nothing neither needs nor heals the breaker") {
  House house;
  channel::add_standard_handlers(house.driver, house.metrics);
  const auto account = house.account(toy_plugin(), dead_url());
  for (int i = 0; i < 5; ++i) account->breaker().failure();
  toy().next = [](int, const sdk::Response*) -> sdk::Step {
    return sdk::Outcome(Verdict::pending);
  };
  CHECK(house.run(account, pay_input()).verdict == Verdict::pending);
  CHECK(account->breaker().state() == channel::Breaker::State::open);
}

TEST_CASE("P2: only a receiver that is told and equal matches") {
  House house;
  const auto account = house.account(toy_plugin(), dead_url());
  sdk::Outcome outcome;
  CHECK_FALSE(channel::Driver::receiver_matches(*account, outcome));
  outcome.receiver = "toy/2";
  CHECK_FALSE(channel::Driver::receiver_matches(*account, outcome));
  outcome.receiver = "toy/1";
  CHECK(channel::Driver::receiver_matches(*account, outcome));
}
