// iPayLinks: refunds of the second generation, and that the first has none.
#include <catch2/catch.hpp>

#include "ipaylinks_peer.hpp"

namespace tollgate::test {
namespace {

using sdk::CallbackVerdict;
using sdk::OperationInput;
using sdk::OperationKind;
using sdk::Outcome;
using sdk::Reason;
using sdk::Refusal;
using sdk::Response;
using sdk::Verdict;
using Fields = IpaylinksPeer::Fields;

constexpr std::int64_t now_ms = IpaylinksPeer::now_ms;
constexpr auto both = {OperationKind::refund, OperationKind::query_refund};

struct Desk {
  IpaylinksPeer peer;
  Made made;
  explicit Desk(int generation = 2)
      : peer(generation), made(plugin_of("ipaylinks"), peer.gateway(), peer.settings_json()) {}

  Outcome answered(OperationKind kind, const Response& response) {
    Run operation(made, peer.wish(kind), now_ms);
    REQUIRE(operation.sending());
    operation.resume(response, now_ms);
    return operation.outcome();
  }
  Outcome told(OperationKind kind, const Fields& fields) {
    return answered(kind, peer.answered(peer.with_signature(fields)));
  }
  CallbackVerdict judge(const Fields& notice, const Response& response) {
    Run run(made, peer.posted(peer.with_signature(notice)), now_ms);
    REQUIRE(run.sending());
    run.resume(response, now_ms);
    return run.verdict();
  }
};

}  // namespace

TEST_CASE("a refund names its payment and tells how much went back", "[channel][ipaylinks]") {
  Desk desk;
  for (const auto kind : both) {
    const Outcome outcome = desk.told(kind, desk.peer.refund());
    CHECK(outcome.verdict == Verdict::succeeded);
    CHECK(outcome.refund_no == IpaylinksPeer::refund_no);
    CHECK(outcome.pay_no == IpaylinksPeer::pay_no);
    CHECK(outcome.channel_refund_no == IpaylinksPeer::refund_trade_no);
    CHECK(outcome.refund_amount == 1234);
    CHECK(outcome.currency == "USD");
    CHECK(outcome.receiver == IpaylinksPeer::merchant_id);
    CHECK(outcome.time_ms == now_ms + 3000);
  }
  const Run asking(desk.made, desk.peer.wish(OperationKind::refund), now_ms);
  CHECK_FALSE(asking.request().resend_safe);  // iPayLinks is asked, not told again
  const Run question(desk.made, desk.peer.wish(OperationKind::query_refund), now_ms);
  CHECK(question.request().resend_safe);
}

TEST_CASE("the state of a refund decides, and what is not known is unknown (P2)",
          "[channel][ipaylinks]") {
  for (const auto& [status, verdict, reason] :
       std::vector<std::tuple<std::string, Verdict, Reason>>{
           {"success", Verdict::succeeded, Reason::none},
           {"failed", Verdict::failed, Reason::rejected},
           {"expired", Verdict::failed, Reason::closed},
           {"received", Verdict::pending, Reason::none},
           {"pending", Verdict::pending, Reason::none},
           {"pending_review", Verdict::pending, Reason::none},
           {"canceled", Verdict::unknown, Reason::none},
           {"SUCCESS", Verdict::unknown, Reason::none},
           {"refunded", Verdict::unknown, Reason::none}})
    for (const auto kind : both) {
      CAPTURE(status, static_cast<int>(kind));
      Desk desk;
      desk.peer.refund_status = status;
      const Outcome outcome = desk.told(kind, desk.peer.refund());
      CHECK(outcome.verdict == verdict);
      CHECK(outcome.reason == reason);
      CHECK(outcome.channel_code == status);
    }
}

TEST_CASE(
    "an answer without a state means no such refund to a question, and nothing else to the "
    "wish for one",
    "[channel][ipaylinks]") {
  Desk desk;
  Fields none = desk.peer.refund();
  for (const auto* name : {"status", "orderId", "origTransId", "transAmt"}) none.erase(name);
  none["respCode"] = "2004";
  const Outcome asked = desk.told(OperationKind::query_refund, none);
  CHECK(asked.verdict == Verdict::pending);
  CHECK(asked.reason == Reason::not_found);
  const Outcome wished = desk.told(OperationKind::refund, none);
  CHECK(wished.verdict == Verdict::unknown);
  CHECK(wished.channel_code == "2004");
}

TEST_CASE("an answer about another refund, payment, merchant or a sale ends nothing",
          "[channel][ipaylinks]") {
  Desk desk;
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"transId", "7214983217463296001"},
                                                        {"origTransId", "7214983217463296002"},
                                                        {"merchantId", "19999999999"},
                                                        {"transType", "sale"},
                                                        {"origTransId", ""},
                                                        {"orderId", ""},
                                                        {"transAmt", "0"},
                                                        {"transAmt", "12.34"},
                                                        {"currency", "JPY"}})
    for (const auto kind : both) {
      CAPTURE(name, value);
      Fields fields = desk.peer.refund();
      fields[name] = value;
      CHECK(desk.told(kind, fields).verdict == Verdict::unknown);
    }
  Fields more = desk.peer.refund();
  more["transAmt"] = "1235";  // said as it is: the host compares
  CHECK(desk.told(OperationKind::query_refund, more).refund_amount == 1235);
}

TEST_CASE("what proves nothing leaves a refund in doubt", "[channel][ipaylinks]") {
  Desk desk;
  const auto good = desk.peer.answered(desk.peer.with_signature(desk.peer.refund()));
  for (const auto kind : both) {
    Response odd = good;
    odd.status = 429;
    CHECK(desk.answered(kind, odd).verdict == Verdict::retry);
    for (const int status : {302, 403, 500}) {
      odd.status = status;
      CHECK(desk.answered(kind, odd).verdict == Verdict::unknown);
    }
    CHECK(desk.answered(kind, desk.peer.answered(desk.peer.refund())).reason == Reason::unverified);
    CHECK(desk.answered(kind, desk.peer.answered(desk.peer.with_signature(desk.peer.refund(), "K")))
              .reason == Reason::unverified);
  }
}

TEST_CASE("the first generation, and amounts that nobody can write, are refused at once",
          "[channel][ipaylinks]") {
  Desk first(1);
  for (const auto kind : both) {
    const Run run(first.made, first.peer.wish(kind), now_ms);
    CHECK(run.outcome().verdict == Verdict::failed);
    CHECK(run.outcome().reason == Reason::rejected);
    CHECK(run.outcome().channel_code == "no_refund");
  }
  Desk second;
  OperationInput yen = second.peer.wish(OperationKind::refund);
  yen.currency = "JPY";
  CHECK(Run(second.made, yen, now_ms).outcome().reason == Reason::rejected);
}

TEST_CASE("a notice of a refund is a reason to ask about it", "[channel][ipaylinks]") {
  Desk desk;
  const auto say = [&](const std::string& status) {
    desk.peer.refund_status = status;
    return desk.peer.answered(desk.peer.with_signature(desk.peer.refund()));
  };
  desk.peer.refund_status = "success";
  const Fields notice = desk.peer.refund();
  const CallbackVerdict done = desk.judge(notice, say("success"));
  CHECK(done.applies);
  CHECK(done.kind == OperationKind::refund);
  CHECK(done.outcome.verdict == Verdict::succeeded);
  CHECK(done.outcome.refund_no == IpaylinksPeer::refund_no);
  CHECK(done.event_type == "refund");
  CHECK(desk.judge(notice, say("pending")).outcome.verdict == Verdict::pending);
  CHECK(desk.judge(notice, say("failed")).outcome.verdict == Verdict::failed);
  CHECK(desk.judge(notice, say("canceled")).refusal == Refusal::unavailable);
  Response lost;
  lost.transport = sdk::Transport::maybe_sent;
  CHECK(desk.judge(notice, lost).nack.status == 503);

  Fields foreign = notice;
  foreign["merchantId"] = "19999999999";
  const Run run(desk.made, desk.peer.posted(desk.peer.with_signature(foreign)), now_ms);
  REQUIRE_FALSE(run.sending());
  CHECK(run.verdict().outcome.receiver == "19999999999");
}

}  // namespace tollgate::test
