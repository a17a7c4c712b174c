// A bill comes line by line: streamed answers, many pages, and what of it counts.
#include <catch2/catch.hpp>

#include "channel/driver.hpp"
#include "channel/exchanger.hpp"
#include "fixture.hpp"

using namespace tollgate;
using namespace tollgate::test;
using sdk::OperationKind;
using sdk::Transport;
using sdk::Verdict;

namespace {

sdk::BillLine line_of(std::string pay_no, std::int64_t amount) {
  sdk::BillLine line;
  line.kind = sdk::BillLineKind::payment;
  line.pay_no = std::move(pay_no);
  line.amount = amount;
  line.fee = 6;
  line.currency = "CNY";
  line.channel_kind = "SUCCESS";
  return line;
}

sdk::Request stream_from(const std::string& url) {
  sdk::Request request;
  request.url = url;
  request.stream = true;
  return request;
}

/// The toy's lines: the body's letters, one line each.
void read_letters(const std::string& body) {
  for (const char c : body) toy().lines.push_back(line_of(std::string(1, c), c));
}

struct Fetched {
  sdk::Outcome outcome;
  std::string letters;
  std::vector<std::string> exchanges;
};

Fetched fetch(House& house, const std::string& url) {
  const auto account = house.account(toy_plugin(), url);
  sdk::OperationInput input;
  input.kind = OperationKind::fetch_bill;
  input.method = "link";
  input.bill_date = "2026-01-01";
  input.bill_type = "trade";
  auto call = house.driver.begin(account, *account->capability("link"), input).value();
  Fetched got;
  auto sink = [&](std::vector<sdk::BillLine> lines) -> boost::asio::awaitable<void> {
    for (const auto& line : lines) {
      CHECK(line.amount == line.pay_no.at(0));
      CHECK(line.fee == 6);
      got.letters += line.pay_no;
    }
    co_return;
  };
  got.outcome = house.await(call.run(sink));
  house.database->write_blocking([&](db::Tx& tx) {
    call.record_outcome(tx);
    return true;
  });
  got.exchanges = house.exchanges(PayNo());
  return got;
}

/// Reads all pieces of one streamed answer.
void script_stream(const std::string& url) {
  toy().next = [url](int, const sdk::Response* response) -> sdk::Step {
    if (!response) return stream_from(url);
    read_letters(response->body);
    if (response->more) return sdk::Continue{};
    return sdk::Outcome(response->transport == Transport::ok ? Verdict::succeeded : Verdict::retry);
  };
}

}  // namespace

TEST_CASE("a streamed bill's lines arrive in order, and its body is not put on record") {
  House house;
  std::string body;
  for (int i = 0; i < 40'000; ++i) body += static_cast<char>('a' + i % 26);
  Peer peer({{.body = body}});
  script_stream(peer.url());
  const auto got = fetch(house, peer.url());
  CHECK(got.outcome.verdict == Verdict::succeeded);
  CHECK(got.letters == body);
  REQUIRE(got.exchanges.size() == 1);
  CHECK(got.exchanges[0].find("40000 bytes, read in pieces") != std::string::npos);
  CHECK(got.exchanges[0].find("abcabc") == std::string::npos);
}

TEST_CASE("a plugin that has read enough ends the stream with its outcome") {
  House house;
  Peer peer({{.body = std::string(60'000, 'x')}});
  toy().next = [&](int, const sdk::Response* response) -> sdk::Step {
    if (!response) return stream_from(peer.url());
    sdk::Outcome outcome(Verdict::retry, sdk::Reason::unverified);
    outcome.channel_message = "no bill at all";
    return outcome;
  };
  const auto got = fetch(house, peer.url());
  CHECK(got.outcome.verdict == Verdict::retry);
  CHECK(got.outcome.channel_message == "no bill at all");
  CHECK(peer.requests().size() == 1);
}

TEST_CASE("a stream that falls silent ends after the time of one exchange, not of a whole bill") {
  House house(200);
  Peer peer({{.kind = Peer::Reply::Kind::hang}});
  script_stream(peer.url());
  const auto began_ms = house.clock.steady_ms();
  CHECK(fetch(house, peer.url()).outcome.verdict == Verdict::retry);
  CHECK(house.clock.steady_ms() - began_ms < 5'000);
}

TEST_CASE("a stream that breaks off is not begun again behind the plugin's back") {
  House house;
  Peer peer({{.body = "abc", .promised_bytes = 9}});
  toy().next = [&](int, const sdk::Response* response) -> sdk::Step {
    if (!response) {
      auto request = stream_from(peer.url());
      request.resend_safe = true;
      return request;
    }
    read_letters(response->body);
    if (response->more) return sdk::Continue{};
    CHECK(response->status == 0);
    return sdk::Outcome(response->transport == Transport::ok ? Verdict::succeeded : Verdict::retry);
  };
  const auto got = fetch(house, peer.url());
  CHECK(got.outcome.verdict == Verdict::retry);
  CHECK(got.letters == "abc");
  CHECK(peer.requests().size() == 1);
}

TEST_CASE("a bill may have many pages; the first exchanges and the last are on record") {
  House house;
  Peer peer({{.body = "p"}});
  toy().next = [&](int exchange, const sdk::Response* response) -> sdk::Step {
    if (response) read_letters(response->body);
    if (exchange < 60) return request_to(peer.url() + "/page/" + std::to_string(exchange));
    return sdk::Outcome(Verdict::succeeded);
  };
  const auto got = fetch(house, peer.url());
  CHECK(got.outcome.verdict == Verdict::succeeded);
  CHECK(got.letters == std::string(60, 'p'));
  REQUIRE(got.exchanges.size() == 32);
  CHECK(got.exchanges.back().find("/page/59") != std::string::npos);
  CHECK(got.exchanges.front().find("/page/0") != std::string::npos);
}

TEST_CASE("P10: a plugin that waits for more of what has ended, or streams a payment, is broken") {
  House house;
  Peer peer({{.body = "x"}});
  SECTION("waits for ever") {
    toy().next = [&](int, const sdk::Response* response) -> sdk::Step {
      if (!response) return stream_from(peer.url());
      return sdk::Continue{};
    };
    CHECK(fetch(house, peer.url()).outcome.reason == sdk::Reason::plugin_exception);
  }
  SECTION("waits before it has sent anything") {
    toy().next = [&](int, const sdk::Response*) -> sdk::Step { return sdk::Continue{}; };
    CHECK(fetch(house, peer.url()).outcome.reason == sdk::Reason::plugin_exception);
  }
  SECTION("streams a payment") {
    const auto account = house.account(toy_plugin(), peer.url());
    toy().next = [&](int, const sdk::Response*) -> sdk::Step { return stream_from(peer.url()); };
    CHECK(house.run(account, pay_input()).reason == sdk::Reason::plugin_exception);
    CHECK(peer.requests().empty());
  }
}

TEST_CASE("P10: lines that cannot be are the plugin's fault, not the books'") {
  House house;
  Peer peer({{.body = "x"}});
  sdk::BillLine line = line_of("a", 'a');
  SECTION("a negative payment") {
    line.amount = -1;
  }
  SECTION("a kind that is none") {
    line.kind = static_cast<sdk::BillLineKind>(9);
  }
  SECTION("a status that no line has") {
    line.status = Verdict::retry;
  }
  SECTION("a number without an end") {
    line.pay_no.assign(1'000, 'a');
  }
  toy().next = [&](int, const sdk::Response* response) -> sdk::Step {
    if (!response) return stream_from(peer.url());
    toy().lines.push_back(line);
    if (response->more) return sdk::Continue{};
    return sdk::Outcome(Verdict::succeeded);
  };
  CHECK(fetch(house, peer.url()).outcome.reason == sdk::Reason::plugin_exception);
}
