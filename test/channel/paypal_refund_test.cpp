// PayPal: refunds, asked for and asked about.
#include <rapidjson/document.h>

#include <catch2/catch.hpp>

#include "paypal_peer.hpp"

namespace tollgate::test {
namespace {

using sdk::OperationInput;
using sdk::OperationKind;
using sdk::Outcome;
using sdk::Reason;
using sdk::Response;
using sdk::Verdict;

constexpr std::int64_t now_ms = PaypalPeer::now_ms;
constexpr std::int64_t day_ms = PaypalKeys::day_ms;
const std::string capture_path = "/v2/payments/captures/" + PaypalPeer::capture_id;
const std::string refund_path = capture_path + "/refund";
const std::string order_path = "/v2/checkout/orders/" + PaypalPeer::order_id;

struct Desk {
  PaypalPeer peer;
  std::map<std::string, std::string> settings = PaypalPeer::settings();
  std::unique_ptr<Made> made;
  std::vector<sdk::Request> sent;

  Outcome run(const OperationInput& input) {
    if (!made)
      made = std::make_unique<Made>(plugin_of("paypal"), peer.gateway(),
                                    PaypalPeer::to_json(settings));
    Run operation(*made, input, now_ms);
    sent.clear();
    while (operation.sending()) {
      sent.push_back(operation.request());
      REQUIRE(sent.size() <= 8);
      operation.resume(peer.answer(operation.request(), now_ms), now_ms);
    }
    return operation.outcome();
  }
  Outcome refund() { return run(PaypalPeer::wish(OperationKind::refund)); }
  Outcome query() { return run(PaypalPeer::wish(OperationKind::query_refund)); }
  Desk& answer(const std::string& path, Response response) {
    peer.instead[path].push_back(std::move(response));
    return *this;
  }
  bool posted() const {
    for (const auto& request : sent)
      if (request.url.ends_with(refund_path)) return true;
    return false;
  }
};

Response no_money_left() {
  return PaypalPeer::error(422, "UNPROCESSABLE_ENTITY", "CAPTURE_FULLY_REFUNDED");
}

void check_ours(const Outcome& outcome) {
  CHECK(outcome.verdict == Verdict::succeeded);
  CHECK(outcome.refund_no == PaypalPeer::refund_no);
  CHECK(outcome.channel_refund_no == PaypalPeer::refund_id);
  CHECK(outcome.refund_amount == 500);
  CHECK(outcome.currency == "USD");
  CHECK(outcome.time_ms == now_ms - 30'000);
}

}  // namespace

TEST_CASE("a refund is asked for under its number, for exactly its amount", "[channel][paypal]") {
  Desk desk;
  check_ours(desk.refund());
  REQUIRE(desk.sent.size() == 2);  // a token, and the refund
  const auto& request = desk.sent[1];
  CHECK(request.method == "POST");
  CHECK(request.url == "https://api-m.paypal.com" + refund_path);
  CHECK(header(request, "PayPal-Request-Id") == "refund-" + PaypalPeer::refund_no);
  CHECK(header(request, "Prefer") == "return=representation");
  CHECK(request.resend_safe);
  rapidjson::Document body;
  body.Parse(request.body.c_str());
  REQUIRE(body.IsObject());
  CHECK(body["amount"]["currency_code"] == "USD");
  CHECK(body["amount"]["value"] == "5.00");
  CHECK(body["custom_id"] == PaypalPeer::refund_no);
  CHECK(body["invoice_id"] == PaypalPeer::refund_no);
  CHECK(body["note_to_payer"] == "太大了");
  CHECK(body.MemberCount() == 4);
}

TEST_CASE("amounts are written with the decimals of the currency, or not at all (P2)",
          "[channel][paypal]") {
  for (const auto& [currency, minor, value] :
       std::vector<std::tuple<std::string, std::int64_t, std::string>>{
           {"JPY", 500, "500"}, {"HUF", 50'000, "500"}, {"TWD", 100, "1"}, {"EUR", 1, "0.01"}}) {
    CAPTURE(currency);
    Desk desk;
    desk.peer.currency = currency;
    desk.peer.refund_value = value;
    OperationInput input = PaypalPeer::wish(OperationKind::refund);
    input.currency = currency;
    input.amount = minor;
    const Outcome outcome = desk.run(input);
    CHECK(outcome.verdict == Verdict::succeeded);
    CHECK(outcome.refund_amount == minor);
    CHECK(outcome.currency == currency);
  }
  Desk desk;
  OperationInput input = PaypalPeer::wish(OperationKind::refund);
  input.currency = "HUF";
  input.amount = 50'001;
  CHECK(desk.run(input).verdict == Verdict::failed);
  CHECK(desk.run(input).reason == Reason::rejected);
  CHECK(desk.sent.empty());
}

TEST_CASE("each state of a refund has its meaning, a repeat is a 200", "[channel][paypal]") {
  for (const auto& [status, verdict, reason] :
       std::vector<std::tuple<std::string, Verdict, Reason>>{
           {"COMPLETED", Verdict::succeeded, Reason::none},
           {"PENDING", Verdict::pending, Reason::none},
           {"FAILED", Verdict::failed, Reason::rejected},
           {"CANCELLED", Verdict::failed, Reason::rejected},
           {"DONE", Verdict::unknown, Reason::none},
           {"", Verdict::unknown, Reason::none}})
    for (const int code : {200, 201}) {
      CAPTURE(status, code);
      Desk desk;
      const Outcome outcome =
          desk.answer(refund_path, PaypalPeer::json(code, desk.peer.refund(status))).refund();
      CHECK(outcome.verdict == verdict);
      CHECK(outcome.reason == reason);
      CHECK(outcome.channel_code == (status.empty() ? "no_status" : status));
      desk.peer.refunds = desk.peer.refund(status);
      CHECK(desk.query().verdict == verdict);
    }
}

TEST_CASE("an answer about another refund, or of another capture, says nothing of this one",
          "[channel][paypal]") {
  const auto unknown_both = [](Desk& desk) {
    desk.answer(refund_path, PaypalPeer::json(201, desk.peer.refund("COMPLETED")));
    CHECK(desk.refund().verdict == Verdict::unknown);
    desk.peer.refunds = desk.peer.refund("COMPLETED");
    const Outcome asked = desk.query();
    CHECK(asked.verdict == Verdict::pending);
    CHECK(asked.reason == Reason::not_found);
  };
  Desk number, capture;
  number.peer.refund_custom_id = PaypalPeer::pay_no;
  unknown_both(number);
  capture.peer.refund_capture = "9ZZ79366HH908993F";
  unknown_both(capture);
  Desk none;
  none.peer.refund_value = "0.00";
  none.answer(refund_path, PaypalPeer::json(201, none.peer.refund("COMPLETED")));
  CHECK(none.refund().verdict == Verdict::unknown);
}

TEST_CASE("the number may stand in the invoice, and nobody but PayPal says whose money it is",
          "[channel][paypal]") {
  Desk desk;
  desk.peer.refund_payer = R"("invoice_id":")" + PaypalPeer::refund_no + R"(",)";
  desk.peer.refund_custom_id = "";
  desk.answer(refund_path, PaypalPeer::json(201, desk.peer.refund("COMPLETED")));
  const Outcome outcome = desk.refund();
  check_ours(outcome);
  CHECK(outcome.receiver.empty());
  CHECK(Desk().refund().receiver == PaypalPeer::merchant_id);
  Desk nameless;
  nameless.settings.erase("merchant_id");
  CHECK(nameless.refund().receiver.empty());
}

TEST_CASE("what PayPal refuses is said by its word and reason", "[channel][paypal]") {
  struct Row {
    int status;
    std::string name, issue;
    Verdict verdict;
    Reason reason;
  };
  const std::string entity = "UNPROCESSABLE_ENTITY";
  for (const auto& row : std::vector<Row>{
           {422, entity, "REFUND_FAILED_INSUFFICIENT_FUNDS", Verdict::retry, Reason::balance},
           {422, entity, "PENDING_CAPTURE", Verdict::retry, Reason::none},
           {429, "RATE_LIMIT_REACHED", "", Verdict::retry, Reason::frequency},
           {403, "NOT_AUTHORIZED", "PERMISSION_DENIED", Verdict::retry, Reason::configuration},
           {404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID", Verdict::retry,
            Reason::configuration},
           {422, entity, "PREVIOUS_REQUEST_IN_PROGRESS", Verdict::unknown, Reason::none},
           {422, entity, "SOMETHING_NEW", Verdict::unknown, Reason::none},
           {409, "RESOURCE_CONFLICT", "", Verdict::unknown, Reason::none},
           {500, "INTERNAL_SERVER_ERROR", "", Verdict::unknown, Reason::none}}) {
    CAPTURE(row.status, row.name, row.issue);
    Desk desk;
    const Outcome outcome =
        desk.answer(refund_path, PaypalPeer::error(row.status, row.name, row.issue)).refund();
    CHECK(outcome.verdict == row.verdict);
    CHECK(outcome.reason == row.reason);
    CHECK(outcome.channel_code == (row.issue.empty() ? row.name : row.issue));
  }
}

TEST_CASE("a refusal for good is only believed once the order shows no such refund (P6)",
          "[channel][paypal]") {
  for (const std::string issue :
       {"CAPTURE_FULLY_REFUNDED", "REFUND_AMOUNT_EXCEEDED", "REFUND_NOT_ALLOWED",
        "REFUND_TIME_LIMIT_EXCEEDED", "TRANSACTION_DISPUTED", "DECIMAL_PRECISION"}) {
    CAPTURE(issue);
    const Response refusal = PaypalPeer::error(422, "UNPROCESSABLE_ENTITY", issue);
    Desk done;
    const Outcome outcome = done.answer(refund_path, refusal).refund();
    check_ours(outcome);  // it was this very refund
    CHECK(outcome.pay_no == PaypalPeer::pay_no);
    CHECK(done.sent.size() == 4);
    Desk not_done;
    not_done.peer.refunds.clear();
    const Outcome refused = not_done.answer(refund_path, refusal).refund();
    CHECK(refused.verdict == Verdict::failed);
    CHECK(refused.reason == Reason::rejected);
    CHECK(refused.channel_code == issue);
    for (const auto& path : {capture_path, order_path})
      for (const int status : {404, 429, 500}) {
        Desk blind;
        blind.peer.refunds.clear();
        blind.answer(refund_path, refusal).answer(path, PaypalPeer::error(status, "X", ""));
        CHECK(blind.refund().verdict == Verdict::unknown);
      }
  }
}

TEST_CASE("a refund is asked about by the order that its capture belongs to", "[channel][paypal]") {
  Desk desk;
  const Outcome outcome = desk.query();
  check_ours(outcome);
  CHECK(outcome.pay_no == PaypalPeer::pay_no);
  REQUIRE(desk.sent.size() == 3);
  CHECK(desk.sent[1].url.ends_with(capture_path));
  CHECK(desk.sent[2].url.ends_with(order_path));
  for (const auto& request : {desk.sent[1], desk.sent[2]}) CHECK(request.method == "GET");

  desk.peer.refund_custom_id = "R1";
  const std::string other = desk.peer.refund("COMPLETED");
  desk.peer.refund_custom_id = PaypalPeer::refund_no;
  const std::string ours = desk.peer.refund("PENDING");
  desk.peer.refunds = other + "," + ours + "," + other;
  CHECK(desk.query().channel_message == "ECHECK");
  desk.peer.refunds = ours + "," + ours;
  CHECK(desk.query().channel_code == "refunded_twice");
  desk.peer.refunds = "";
  CHECK(desk.query().verdict == Verdict::pending);
  CHECK(desk.query().reason == Reason::not_found);
}

TEST_CASE("an answer that cannot be about our payment tells nothing of its refunds",
          "[channel][paypal]") {
  const auto asked = [](const std::string& path, const std::string& body) {
    Desk desk;
    return desk.answer(path, PaypalPeer::json(200, body)).query();
  };
  PaypalPeer peer;
  peer.refunds.clear();
  peer.custom_id = "7214983217463296002";
  for (const auto& body : {peer.order("COMPLETED", peer.capture("COMPLETED")), std::string("{}")})
    CHECK(asked(order_path, body).verdict == Verdict::unknown);
  CHECK(asked(capture_path, R"({"id":"9ZZ79366HH908993F"})").verdict == Verdict::unknown);
  CHECK(asked(capture_path, R"({"id":")" + PaypalPeer::capture_id + "\"}").channel_code ==
        "no_order");
  OperationInput input = PaypalPeer::wish(OperationKind::query_refund);
  input.channel_trade_no = "../x";
  Desk desk;
  CHECK(desk.run(input).channel_code == "invalid_input");
  CHECK(desk.sent.empty());
}

TEST_CASE("nothing is sent any more once PayPal may have forgotten the number (P6)",
          "[channel][paypal]") {
  const auto aged = [](Desk& desk, OperationKind kind, std::int64_t days) {
    OperationInput input = PaypalPeer::wish(kind);
    input.created_ms = now_ms - days * day_ms;
    return desk.run(input);
  };
  for (const auto kind : {OperationKind::refund, OperationKind::query_refund}) {
    Desk desk;
    check_ours(aged(desk, kind, 43));
    check_ours(aged(desk, kind, 44));
    CHECK_FALSE(desk.posted());
    desk.peer.refunds.clear();
    CHECK(aged(desk, kind, 44).verdict == Verdict::unknown);
    CHECK_FALSE(desk.posted());
    CHECK(aged(desk, kind, 45).verdict == Verdict::failed);
    CHECK(aged(desk, kind, 45).channel_code == "too_old");
    CHECK_FALSE(desk.posted());
  }
}

TEST_CASE("refused credentials and a lost token leave the refund to be sent again",
          "[channel][paypal]") {
  const std::string token_path = "/v1/oauth2/token";
  Desk desk;
  desk.answer(token_path, PaypalPeer::json(401, R"({"error":"invalid_client"})"));
  const Outcome outcome = desk.refund();
  CHECK(outcome.verdict == Verdict::retry);
  CHECK(outcome.reason == Reason::configuration);
  CHECK_FALSE(desk.posted());
  desk.answer(token_path, PaypalPeer::json(500, "{}"));
  CHECK(desk.refund().verdict == Verdict::unknown);
  desk.answer(token_path, no_money_left());
  CHECK(desk.refund().verdict == Verdict::unknown);
  check_ours(desk.refund());
}

}  // namespace tollgate::test
