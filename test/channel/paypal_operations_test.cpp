// PayPal: what goes out, and what each answer means.
#include <rapidjson/document.h>

#include <catch2/catch.hpp>

#include "paypal/currency.hpp"
#include "paypal/state.hpp"
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
const std::string orders = "/v2/checkout/orders";
const std::string order_path = orders + "/" + PaypalPeer::order_id;
const std::string capture_path = order_path + "/capture";

struct Desk {
  PaypalPeer peer;
  Made made{plugin_of("paypal"), peer.gateway(), peer.settings_json()};
  std::vector<sdk::Request> sent;

  Outcome run(const OperationInput& input, std::int64_t at_ms = now_ms) {
    Run operation(made, input, at_ms);
    sent.clear();
    while (operation.sending()) {
      sent.push_back(operation.request());
      REQUIRE(sent.size() <= 8);
      operation.resume(peer.answer(operation.request(), at_ms), at_ms);
    }
    return operation.outcome();
  }
  Outcome run(OperationKind kind) { return run(PaypalPeer::wish(kind)); }
  /// With the call of this path answered so.
  Outcome answered(OperationKind kind, const std::string& path, Response response) {
    peer.instead[path].push_back(std::move(response));
    return run(kind);
  }
};

rapidjson::Document parsed(const std::string& text) {
  rapidjson::Document document;
  document.Parse(text.c_str());
  REQUIRE(document.IsObject());
  return document;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

struct Expected {
  int status;
  std::string name, issue;
  Verdict verdict;
  Reason reason;
};

void check_errors(OperationKind kind, const std::string& path, const std::vector<Expected>& table) {
  for (const auto& row : table) {
    CAPTURE(row.status, row.name, row.issue);
    Desk desk;
    const Outcome outcome =
        desk.answered(kind, path, PaypalPeer::error(row.status, row.name, row.issue));
    CHECK(outcome.verdict == row.verdict);
    CHECK(outcome.reason == row.reason);
    CHECK(outcome.channel_code == (row.issue.empty() ? row.name : row.issue));
    CHECK(outcome.material.empty());
  }
}

}  // namespace

TEST_CASE("an order is made as PayPal documents it, under an id of its own", "[channel][paypal]") {
  Desk desk;
  const Outcome outcome = desk.run(OperationKind::pay);
  REQUIRE(desk.sent.size() == 2);
  const auto& request = desk.sent[1];
  CHECK(request.method == "POST");
  CHECK(request.url == "https://api-m.paypal.com/v2/checkout/orders");
  CHECK(header(request, "PayPal-Request-Id") == "create-" + PaypalPeer::pay_no);
  CHECK(header(request, "Prefer") == "return=representation");
  CHECK(request.resend_safe);
  const auto body = parsed(request.body);
  CHECK(body["intent"] == "CAPTURE");
  REQUIRE(body["purchase_units"].Size() == 1);
  const auto& unit = body["purchase_units"][0];
  CHECK(unit["custom_id"] == PaypalPeer::pay_no);
  CHECK(unit["invoice_id"] == PaypalPeer::pay_no);
  CHECK(unit["description"] == "C++ in 30 days");
  CHECK(unit["amount"]["currency_code"] == "USD");
  CHECK(unit["amount"]["value"] == "12.34");
  const auto& context = body["payment_source"]["paypal"]["experience_context"];
  CHECK(context["return_url"] == "https://pay.example.com/pay/return/t");
  CHECK(context["cancel_url"] == "https://pay.example.com/pay/return/t");
  CHECK(context["user_action"] == "PAY_NOW");

  CHECK(outcome.action == sdk::ActionType::redirect);
  CHECK(outcome.material == "https://www.paypal.com/checkoutnow?token=" + PaypalPeer::order_id);
  CHECK(outcome.material_expires_ms == now_ms + 30 * 60 * 1000);
  CHECK(outcome.state == R"({"order_id":")" + PaypalPeer::order_id + R"("})");
  OperationInput later = PaypalPeer::wish(OperationKind::pay);
  later.expires_ms = now_ms + 24LL * 3600 * 1000;
  CHECK(desk.run(later).material_expires_ms == now_ms + 3LL * 3600 * 1000);
}

TEST_CASE("either relation of the buyer's link serves, and nothing that is no web address",
          "[channel][paypal]") {
  const auto with = [](std::string_view what, std::string_view by) {
    Desk desk;
    const PaypalPeer& p = desk.peer;
    return desk.answered(OperationKind::pay, orders,
                         PaypalPeer::json(200, replaced(p.order("CREATED"), what, by)));
  };
  CHECK(with("payer-action", "approve").verdict == Verdict::pending);
  CHECK(with("payer-action", "other").verdict == Verdict::unknown);
  CHECK(with("https://www.paypal.com/", "javascript:").verdict == Verdict::unknown);
  CHECK(with("https://www.paypal.com/", "http://www.paypal.com/").verdict == Verdict::unknown);
  CHECK(with("https://www.paypal.com/", "https://x\\\"onload=").verdict == Verdict::unknown);
  CHECK(with("\"id\":\"5O19", "\"id\":\"../5O19").verdict == Verdict::unknown);
  CHECK(with(PaypalPeer::pay_no, "1").verdict == Verdict::unknown);  // of another attempt
}

TEST_CASE("amounts are exact in every currency that PayPal takes", "[channel][paypal]") {
  using paypal::format_amount;
  using paypal::parse_amount;
  CHECK(format_amount(1, "USD") == "0.01");
  CHECK(format_amount(1234, "EUR") == "12.34");
  CHECK(format_amount(500, "JPY") == "500");
  CHECK(format_amount(50000, "HUF") == "500");
  CHECK(format_amount(100, "TWD") == "1");
  CHECK(format_amount(9'007'199'254'740'993, "USD") == "90071992547409.93");
  CHECK_FALSE(format_amount(50050, "HUF"));  // PayPal takes no fillér
  CHECK_FALSE(format_amount(99, "TWD"));
  for (const auto* other : {"KRW", "KWD", "BHD", "CNY", "usd", "", "USDX"}) {
    CHECK_FALSE(format_amount(1000, other));
    CHECK_FALSE(parse_amount("1000", other));
  }
  for (const std::int64_t none : {std::int64_t(0), std::int64_t(-1), INT64_MIN})
    CHECK_FALSE(format_amount(none, "USD"));
  CHECK(parse_amount("12.34", "USD") == 1234);
  CHECK(parse_amount("12.3", "USD") == 1230);
  CHECK(parse_amount("12", "USD") == 1200);
  CHECK(parse_amount("500", "JPY") == 500);
  CHECK(parse_amount("500.00", "JPY") == 500);
  CHECK(parse_amount("500", "HUF") == 50000);
  for (const auto* bad : {"", ".", "1.", ".5", "-1.00", "+1", "1e3", "1,00", " 1", "1.001", "0x1",
                          "99999999999999999999", "1.0.0", "NaN"})
    CHECK_FALSE(parse_amount(bad, "USD"));
  CHECK_FALSE(parse_amount("500.5", "JPY"));
}

TEST_CASE("what PayPal could not take is refused before anything is sent", "[channel][paypal]") {
  const auto refused = [](auto change) {
    Desk desk;
    OperationInput input = PaypalPeer::wish(OperationKind::pay);
    change(input);
    const Outcome outcome = desk.run(input);
    return outcome.verdict == Verdict::failed && outcome.reason == Reason::rejected &&
           desk.sent.empty();
  };
  CHECK(refused([](auto& i) { i.amount = 0; }));
  CHECK(refused([](auto& i) { i.currency = "KWD"; }));
  CHECK(refused([](auto& i) { i.currency = "HUF"; }));  // 12.34 forint
  CHECK(refused([](auto& i) { i.method = "qr"; }));
  CHECK(refused([](auto& i) { i.pay_no = "a/b"; }));
  CHECK(refused([](auto& i) { i.return_url = ""; }));
  CHECK(refused([](auto& i) { i.expires_ms = now_ms; }));
}

TEST_CASE("a refusal to make the order is final, a doubt is not", "[channel][paypal]") {
  check_errors(
      OperationKind::pay, orders,
      {{400, "INVALID_REQUEST", "", Verdict::failed, Reason::rejected},
       {422, "UNPROCESSABLE_ENTITY", "DECIMAL_PRECISION", Verdict::failed, Reason::rejected},
       {403, "NOT_AUTHORIZED", "PERMISSION_DENIED", Verdict::failed, Reason::configuration},
       {422, "UNPROCESSABLE_ENTITY", "DUPLICATE_INVOICE_ID", Verdict::unknown,
        Reason::already_paid},
       {422, "UNPROCESSABLE_ENTITY", "PREVIOUS_REQUEST_IN_PROGRESS", Verdict::unknown,
        Reason::none},
       {429, "RATE_LIMIT_REACHED", "", Verdict::retry, Reason::frequency},
       {500, "INTERNAL_SERVER_ERROR", "", Verdict::unknown, Reason::none},
       {503, "SERVICE_UNAVAILABLE", "", Verdict::unknown, Reason::none}});
}

TEST_CASE("a token is asked for once, renewed early by one, and replaced once when refused",
          "[channel][paypal]") {
  Desk desk;
  const auto tokens = [&] { return desk.peer.asked["/v1/oauth2/token"]; };
  const auto query = PaypalPeer::wish(OperationKind::query);
  for (int i = 0; i < 3; ++i) CHECK(desk.run(query).verdict == Verdict::succeeded);
  CHECK(tokens() == 1);
  const std::int64_t nearly = now_ms + 32'400'000 - 200'000;
  Run first(desk.made, query, nearly), second(desk.made, query, nearly);
  CHECK(first.request().url.ends_with("/v1/oauth2/token"));
  CHECK(second.request().url.ends_with(order_path));  // goes on with the old one

  Desk fresh;
  CHECK(fresh.run(query).verdict == Verdict::succeeded);
  fresh.peer.token = "A21AA-another";  // the old one is refused from now on
  CHECK(fresh.run(query).verdict == Verdict::succeeded);
  CHECK(fresh.sent.size() == 3);
  CHECK(fresh.peer.asked["/v1/oauth2/token"] == 2);
  for (int i = 0; i < 2; ++i)
    fresh.peer.instead[order_path].push_back(PaypalPeer::error(401, "AUTHENTICATION_FAILURE", ""));
  const Outcome twice = fresh.run(query);
  CHECK(twice.verdict == Verdict::unknown);
  CHECK(twice.reason == Reason::configuration);
  CHECK(fresh.sent.size() == 3);
}

TEST_CASE("wrong credentials are told as such; nothing was made with them", "[channel][paypal]") {
  Desk desk;
  auto settings = PaypalPeer::settings();
  settings["client_secret"] = "wrong";
  const Made wrong(desk.made.plugin(), desk.peer.gateway(), PaypalPeer::to_json(settings));
  for (const auto kind : {OperationKind::pay, OperationKind::query, OperationKind::capture}) {
    Run run(wrong, PaypalPeer::wish(kind), now_ms);
    for (const auto& h : run.request().headers)
      if (h.name == "Authorization") CHECK(h.secret);
    run.resume(desk.peer.answer(run.request(), now_ms), now_ms);
    CHECK(run.outcome().reason == Reason::configuration);
    CHECK(run.outcome().verdict ==
          (kind == OperationKind::pay ? Verdict::failed : Verdict::unknown));
    CHECK(run.outcome().channel_code == "invalid_client");
  }
}

TEST_CASE("each state of an order and of its capture means what PayPal says", "[channel][paypal]") {
  struct Row {
    std::string order, capture;
    Verdict verdict;
    Reason reason;
  };
  const std::vector<Row> rows{
      {"CREATED", "", Verdict::pending, Reason::none},
      {"SAVED", "", Verdict::pending, Reason::none},
      {"PAYER_ACTION_REQUIRED", "", Verdict::pending, Reason::none},
      {"APPROVED", "", Verdict::pending, Reason::authorised},
      {"VOIDED", "", Verdict::failed, Reason::closed},
      {"COMPLETED", "COMPLETED", Verdict::succeeded, Reason::none},
      {"COMPLETED", "PARTIALLY_REFUNDED", Verdict::succeeded, Reason::none},
      {"COMPLETED", "REFUNDED", Verdict::succeeded, Reason::none},
      {"COMPLETED", "PENDING", Verdict::pending, Reason::none},
      {"COMPLETED", "DECLINED", Verdict::failed, Reason::none},
      {"COMPLETED", "FAILED", Verdict::failed, Reason::none},
      {"COMPLETED", "WHATEVER", Verdict::unknown, Reason::none},
      {"COMPLETED", "", Verdict::unknown, Reason::none},
      {"APPROVED", "PENDING", Verdict::pending, Reason::none},
      {"APPROVED", "DECLINED", Verdict::pending, Reason::authorised},
      {"WHATEVER", "", Verdict::unknown, Reason::none},
      {"", "", Verdict::unknown, Reason::none},
  };
  for (const auto& row : rows) {
    CAPTURE(row.order, row.capture);
    Desk desk;
    const PaypalPeer& p = desk.peer;
    const auto capture = row.capture.empty() ? "" : p.capture(row.capture);
    const Outcome outcome = desk.answered(OperationKind::query, order_path,
                                          PaypalPeer::json(200, p.order(row.order, capture)));
    CHECK(outcome.verdict == row.verdict);
    CHECK(outcome.reason == row.reason);
    CHECK(!outcome.channel_code.empty());
    if (row.capture == "PENDING") CHECK(outcome.channel_message == "PENDING_REVIEW");
    if (row.verdict != Verdict::succeeded) continue;
    CHECK(outcome.channel_trade_no == PaypalPeer::capture_id);
    CHECK(outcome.amount == 1234);
    CHECK(outcome.receiver == PaypalPeer::merchant_id);
    CHECK(outcome.time_ms == (row.capture == "COMPLETED" ? now_ms - 1'000 : now_ms - 2'000));
  }
}

TEST_CASE("an order that proves no payment to this merchant is unknown (P2)", "[channel][paypal]") {
  const auto with = [](std::string_view what, std::string_view by) {
    Desk desk;
    const PaypalPeer& p = desk.peer;
    const std::string paid = p.order("COMPLETED", p.capture("COMPLETED"));
    return desk.answered(OperationKind::query, order_path,
                         PaypalPeer::json(200, replaced(paid, what, by)));
  };
  CHECK(with("\"merchant_id\"", "\"x\"").verdict == Verdict::unknown);
  CHECK(with("\"CAPTURE\"", "\"AUTHORIZE\"").verdict == Verdict::unknown);
  CHECK(with(R"({"id":"3C)", R"({"x":"3C)").verdict == Verdict::unknown);
  CHECK(with(R"(COMPLETED","amount":{"currency_code":"USD")",
             R"(COMPLETED","amount":{"currency_code":"KWD")")
            .verdict == Verdict::unknown);
  CHECK(with(R"("payee")", R"("x":[],"payee")").verdict == Verdict::succeeded);
  CHECK(with(R"("purchase_units":[)", R"("purchase_units":[{},)").verdict == Verdict::unknown);
  CHECK(with(PaypalPeer::merchant_id, "SOMEBODYELSE1").receiver == "SOMEBODYELSE1");
  CHECK(with(PaypalPeer::pay_no, "1").verdict == Verdict::unknown);
  CHECK(with("{\"id\":\"" + PaypalPeer::order_id, "{\"id\":\"8XY").verdict == Verdict::unknown);
  Desk desk;
  const PaypalPeer& p = desk.peer;
  const auto twice = p.capture("COMPLETED") + "," + p.capture("COMPLETED");
  CHECK(desk.answered(OperationKind::query, order_path,
                      PaypalPeer::json(200, p.order("COMPLETED", twice)))
            .verdict == Verdict::unknown);
  const auto second = p.capture("DECLINED") + "," + p.capture("COMPLETED");
  CHECK(desk.answered(OperationKind::query, order_path,
                      PaypalPeer::json(200, p.order("COMPLETED", second)))
            .verdict == Verdict::succeeded);
}

TEST_CASE("an attempt without an order has nothing that could be paid", "[channel][paypal]") {
  for (const std::string state : {"", "x", "{}", "[]", R"({"order_id":"a/../b"})"}) {
    Desk desk;
    auto input = PaypalPeer::wish(OperationKind::query);
    input.state = state;
    CHECK(desk.run(input).verdict == Verdict::pending);
    CHECK(desk.run(input).reason == Reason::not_found);
    input.kind = OperationKind::close;
    CHECK(desk.run(input).verdict == Verdict::succeeded);
    input.kind = OperationKind::capture;
    CHECK(desk.run(input).verdict == Verdict::unknown);
    CHECK(desk.sent.empty());
  }
}

TEST_CASE("closing asserts that no money has moved, and asks PayPal for nothing else",
          "[channel][paypal]") {
  const auto close = [](std::string_view status, std::string_view capture_status) {
    Desk desk;
    const PaypalPeer& p = desk.peer;
    auto input = PaypalPeer::wish(OperationKind::close);
    input.state = PaypalPeer::wish(OperationKind::query).state;
    const auto capture = capture_status.empty() ? "" : p.capture(capture_status);
    desk.peer.instead[order_path].push_back(PaypalPeer::json(200, p.order(status, capture)));
    const Outcome outcome = desk.run(input);
    for (const auto& request : desk.sent)
      CHECK((request.method == "GET" || request.url.ends_with("/token")));
    return std::pair(outcome.verdict, outcome.reason);
  };
  CHECK(close("PAYER_ACTION_REQUIRED", "") == std::pair(Verdict::succeeded, Reason::closed));
  CHECK(close("APPROVED", "") == std::pair(Verdict::succeeded, Reason::closed));
  CHECK(close("VOIDED", "") == std::pair(Verdict::succeeded, Reason::closed));
  CHECK(close("COMPLETED", "DECLINED") == std::pair(Verdict::succeeded, Reason::closed));
  CHECK(close("COMPLETED", "COMPLETED") == std::pair(Verdict::failed, Reason::already_paid));
  CHECK(close("COMPLETED", "PENDING") == std::pair(Verdict::pending, Reason::none));
  CHECK(close("APPROVED", "PENDING") == std::pair(Verdict::pending, Reason::none));
  CHECK(close("WHATEVER", "") == std::pair(Verdict::unknown, Reason::none));
  check_errors(OperationKind::query, order_path,
               {{404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID", Verdict::failed, Reason::closed},
                {403, "NOT_AUTHORIZED", "", Verdict::unknown, Reason::configuration},
                {400, "INVALID_REQUEST", "", Verdict::unknown, Reason::none},
                {429, "RATE_LIMIT_REACHED", "", Verdict::retry, Reason::frequency}});
}

TEST_CASE("a capture tells the money that moved, under one id over all repeats",
          "[channel][paypal]") {
  Desk desk;
  const Outcome outcome = desk.run(OperationKind::capture);
  CHECK(header(desk.sent.back(), "PayPal-Request-Id") == "capture-" + PaypalPeer::pay_no);
  CHECK(desk.sent.back().resend_safe);
  CHECK(outcome.verdict == Verdict::succeeded);
  CHECK(outcome.amount == 1234);
  CHECK(outcome.currency == "USD");
  CHECK(outcome.channel_trade_no == PaypalPeer::capture_id);
  CHECK(outcome.receiver == PaypalPeer::merchant_id);
  desk.peer.capture_status = "PENDING";
  CHECK(desk.run(OperationKind::capture).verdict == Verdict::pending);
  CHECK(desk.run(OperationKind::capture).channel_message == "PENDING_REVIEW");
  desk.peer.capture_status = "DECLINED";
  CHECK(desk.run(OperationKind::capture).verdict == Verdict::failed);
}

TEST_CASE("nothing is captured once the time to pay is over", "[channel][paypal]") {
  Desk desk;
  auto input = PaypalPeer::wish(OperationKind::capture);
  CHECK(desk.run(input, input.expires_ms - 1).verdict == Verdict::succeeded);
  for (const std::int64_t end : {now_ms, now_ms - 1, std::int64_t(0), std::int64_t(-1)}) {
    input.expires_ms = end;
    const Outcome outcome = desk.run(input);
    CHECK(outcome.verdict == Verdict::pending);
    CHECK(outcome.channel_code == "expired");
    CHECK(desk.sent.empty());
  }
}

TEST_CASE("an order that is captured already is looked at and believed", "[channel][paypal]") {
  Desk desk;
  const auto already = PaypalPeer::error(422, "UNPROCESSABLE_ENTITY", "ORDER_ALREADY_CAPTURED");
  const Outcome outcome = desk.answered(OperationKind::capture, capture_path, already);
  CHECK(outcome.verdict == Verdict::succeeded);
  CHECK(outcome.channel_trade_no == PaypalPeer::capture_id);
  CHECK(desk.sent.back().method == "GET");
  // … and where it cannot be looked at, nobody knows.
  desk.peer.instead[order_path].push_back(PaypalPeer::error(500, "INTERNAL_SERVER_ERROR", ""));
  CHECK(desk.answered(OperationKind::capture, capture_path, already).verdict == Verdict::unknown);
  desk.peer.instead[order_path].push_back(
      PaypalPeer::error(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID"));
  CHECK(desk.answered(OperationKind::capture, capture_path, already).verdict == Verdict::unknown);
}

TEST_CASE("a capture that does not say whose it is is completed by the order",
          "[channel][paypal]") {
  Desk desk;
  const PaypalPeer& p = desk.peer;
  const std::string full = p.order("COMPLETED", p.capture("COMPLETED"));
  const Outcome outcome =
      desk.answered(OperationKind::capture, capture_path,
                    PaypalPeer::json(201, replaced(full, "\"payee\"", "\"x\"")));
  CHECK(outcome.verdict == Verdict::succeeded);
  CHECK(outcome.receiver == PaypalPeer::merchant_id);
  CHECK(desk.sent.size() == 3);
}

TEST_CASE("each refusal to capture means what PayPal says", "[channel][paypal]") {
  const std::string entity = "UNPROCESSABLE_ENTITY";
  check_errors(
      OperationKind::capture, capture_path,
      {{422, entity, "ORDER_NOT_APPROVED", Verdict::pending, Reason::none},
       {422, entity, "ORDER_COMPLETION_IN_PROGRESS", Verdict::unknown, Reason::none},
       {409, "RESOURCE_CONFLICT", "PREVIOUS_REQUEST_IN_PROGRESS", Verdict::unknown, Reason::none},
       {404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID", Verdict::failed, Reason::closed},
       {422, entity, "ORDER_EXPIRED", Verdict::failed, Reason::closed},
       {422, entity, "TRANSACTION_REFUSED", Verdict::failed, Reason::none},
       {422, entity, "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED", Verdict::failed, Reason::none},
       {422, entity, "PAYER_CANNOT_PAY", Verdict::failed, Reason::none},
       {422, entity, "DUPLICATE_INVOICE_ID", Verdict::unknown, Reason::configuration},
       {403, "NOT_AUTHORIZED", "PERMISSION_DENIED", Verdict::unknown, Reason::configuration},
       {422, entity, "SOMETHING_NEW", Verdict::unknown, Reason::none},
       {429, "RATE_LIMIT_REACHED", "", Verdict::retry, Reason::frequency},
       {500, "INTERNAL_SERVER_ERROR", "", Verdict::unknown, Reason::none}});
}

TEST_CASE("a declined instrument sends the buyer back, and is not tried again by itself",
          "[channel][paypal]") {
  Desk desk;
  const auto declined = PaypalPeer::error(422, "UNPROCESSABLE_ENTITY", "INSTRUMENT_DECLINED");
  desk.peer.order_status = "APPROVED";
  const Outcome outcome = desk.answered(OperationKind::capture, capture_path, declined);
  CHECK(outcome.verdict == Verdict::pending);
  CHECK(outcome.reason == Reason::none);
  CHECK(outcome.channel_code == "INSTRUMENT_DECLINED");
  CHECK(outcome.action == sdk::ActionType::redirect);
  CHECK(outcome.material == "https://www.paypal.com/checkoutnow?token=" + PaypalPeer::order_id);
  CHECK(outcome.material_expires_ms == now_ms + 30 * 60 * 1000);

  auto query = PaypalPeer::wish(OperationKind::query);
  query.state = outcome.state;
  CHECK(desk.run(query).reason == Reason::none);  // it looks as it did
  desk.peer.order_status = "PAYER_ACTION_REQUIRED";
  CHECK(desk.run(query).reason == Reason::none);
  desk.peer.order_status = "APPROVED";
  const std::int64_t patience_ms = 10 * 60 * 1000;
  CHECK(desk.run(query, now_ms + patience_ms - 1).reason == Reason::none);
  CHECK(desk.run(query, now_ms + patience_ms).reason == Reason::authorised);
  const PaypalPeer& p = desk.peer;
  desk.peer.instead[order_path].push_back(
      PaypalPeer::json(200, replaced(p.order("APPROVED"), "\"purchase_units\"",
                                     R"("update_time":"2026-01-01T04:01:00Z","purchase_units")")));
  CHECK(desk.run(query).reason == Reason::authorised);  // something has happened since

  auto again = PaypalPeer::wish(OperationKind::capture);
  again.state = outcome.state;
  CHECK(desk.run(again).verdict == Verdict::succeeded);
  CHECK(header(desk.sent.back(), "PayPal-Request-Id") == "capture-" + PaypalPeer::pay_no + "-1");
}

TEST_CASE("a redirect of PayPal's own is where a declined buyer is sent", "[channel][paypal]") {
  Desk desk;
  auto declined = PaypalPeer::error(422, "UNPROCESSABLE_ENTITY", "INSTRUMENT_DECLINED");
  declined.body.insert(1, R"("links":[{"rel":"redirect","href":"https://www.paypal.com/again"}],)");
  desk.peer.order_status = "PAYER_ACTION_REQUIRED";
  CHECK(desk.answered(OperationKind::capture, capture_path, declined).material ==
        "https://www.paypal.com/again");
  desk.peer.order_status = "COMPLETED";  // captured by another call meanwhile
  CHECK(desk.answered(OperationKind::capture, capture_path, declined).verdict ==
        Verdict::succeeded);
}

TEST_CASE("an attempt's state is read back as it was written", "[channel][paypal]") {
  using paypal::AttemptState;
  const AttemptState state = AttemptState{"5O19", 0, 0, ""}.declined("APPROVED x", now_ms);
  const AttemptState read = AttemptState::of(state.text());
  CHECK(read.order_id == "5O19");
  CHECK(read.declines == 1);
  CHECK(read.declined_ms == now_ms);
  CHECK(read.seen == "APPROVED x");
  CHECK(AttemptState::of(R"({"order_id":"a","declines":-5})").declines == 0);
  AttemptState many = state;
  for (int i = 0; i < 2'000; ++i) many = AttemptState::of(many.declined("s", now_ms).text());
  CHECK_FALSE(many.may_capture("s", now_ms + 3600'000));
  CHECK(many.may_capture("t", now_ms));
}

TEST_CASE("each wrong or missing setting of PayPal is named, and no value is shown (P9, P12)",
          "[channel][paypal]") {
  const auto refusal = [](const std::map<std::string, std::string>& settings,
                          const std::string& gateway = "https://api-m.paypal.com") -> std::string {
    try {
      const Made made(plugin_of("paypal"), gateway, PaypalPeer::to_json(settings));
    } catch (const sdk::SettingError& e) {
      return e.what();
    }
    return "";
  };
  CHECK(refusal(PaypalPeer::settings()).empty());
  for (const auto& [name, value] : PaypalPeer::settings()) {
    CAPTURE(name);
    auto settings = PaypalPeer::settings();
    settings.erase(name);
    const bool optional = name == "merchant_id" || name == "webhook_ca_file";
    CHECK(refusal(settings).empty() == optional);
    if (!optional) CHECK_THAT(refusal(settings), Catch::Contains(name));
    for (const std::string bad : {"", "\x01", "not \"right\""}) {
      settings[name] = bad;
      CHECK_THAT(refusal(settings), Catch::Contains(name));
      if (bad.size() > 1) CHECK_THAT(refusal(settings), !Catch::Contains(bad));
    }
  }
  auto settings = PaypalPeer::settings();
  settings["webhook_cert_origin"] = "http://127.0.0.1:9090";
  CHECK(refusal(settings, "http://127.0.0.1:9090").empty());
  for (const auto* paypal :
       {"https://api-m.paypal.com", "https://api.paypal.com", "https://api-m.sandbox.paypal.com"})
    CHECK_THAT(refusal(settings, paypal), Catch::Contains("webhook_cert_origin"));
  for (const auto* odd : {"http://evil.example", "https://a/path", "https://a@b", "127.0.0.1"}) {
    settings["webhook_cert_origin"] = odd;
    CHECK_THAT(refusal(settings, "http://127.0.0.1:9090"), Catch::Contains("webhook_cert_origin"));
  }
}

}  // namespace tollgate::test
