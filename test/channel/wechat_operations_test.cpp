// WeChat Pay: what goes out, and what each answer means.
#include <rapidjson/document.h>

#include <catch2/catch.hpp>

#include "wechat_peer.hpp"

namespace tollgate::test {
namespace {

using sdk::ActionType;
using sdk::OperationInput;
using sdk::OperationKind;
using sdk::Outcome;
using sdk::Reason;
using sdk::Response;
using sdk::Transport;
using sdk::Verdict;

constexpr std::int64_t now_ms = WechatPeer::now_ms;

/// An account by public key, one exchange an operation.
struct Desk {
  WechatPeer peer{false};
  Made made{*subjects().front().forms.front().plugin, peer.gateway(), peer.settings_json()};

  Outcome outcome(const OperationInput& input, const Response& response) {
    Run run(made, input, now_ms);
    run.resume(response, now_ms);
    return run.outcome();
  }
  Outcome honest(const OperationInput& input) {
    Run run(made, input, now_ms);
    run.resume(peer.answer(run.request(), now_ms), now_ms);
    return run.outcome();
  }
  /// The JSON that placing an order sends.
  rapidjson::Document body(const OperationInput& input) {
    const Run run(made, input, now_ms);
    rapidjson::Document document;
    document.Parse(run.request().body.c_str());
    REQUIRE(document.IsObject());
    return document;
  }
};

Response error(int status, std::string_view code) {
  Response response;
  response.status = status;
  response.body = R"({"code":")" + std::string(code) + R"(","message":"why"})";
  return response;
}

struct Expected {
  int status;
  std::string code;
  Verdict verdict;
  Reason reason;
};

void check_errors(OperationKind kind, const std::vector<Expected>& table) {
  Desk desk;
  for (const auto& row : table) {
    CAPTURE(row.status, row.code);
    const Outcome outcome = desk.outcome(desk.peer.wish(kind), error(row.status, row.code));
    CHECK(outcome.verdict == row.verdict);
    CHECK(outcome.reason == row.reason);
    CHECK(outcome.channel_code == row.code);
    CHECK(outcome.channel_message == "why");
  }
}

rapidjson::Document parsed(const std::string& text) {
  rapidjson::Document document;
  document.Parse(text.c_str());
  REQUIRE(document.IsObject());
  return document;
}

}  // namespace

TEST_CASE("an order is placed as WeChat Pay documents it", "[channel][wechat]") {
  Desk desk;
  for (const std::string method : {"native", "jsapi", "h5", "app"}) {
    CAPTURE(method);
    const Run run(desk.made, desk.peer.wish(OperationKind::pay, method), now_ms);
    const auto& request = run.request();
    CHECK(request.method == "POST");
    CHECK(request.url == "https://api.mch.weixin.qq.com/v3/pay/transactions/" + method);
    CHECK(header(request, "Accept") == "application/json");
    CHECK(header(request, "Content-Type") == "application/json");
    CHECK(header(request, "Wechatpay-Serial") == WechatPeer::key_id);
    CHECK_FALSE(request.resend_safe);  // the nonce is used up
    CHECK_NOTHROW(WechatPeer::check_authorization(request, now_ms));

    const auto body = parsed(request.body);
    CHECK(body["appid"] == WechatPeer::app_id);
    CHECK(body["mchid"] == WechatPeer::mch_id);
    CHECK(body["description"] == "Image形象店");
    CHECK(body["out_trade_no"] == WechatPeer::pay_no);
    CHECK(body["notify_url"] == "https://pay.example.com/callbacks/wx-main");
    CHECK(body["time_expire"] == "2026-01-01T12:30:00+08:00");
    CHECK(body["amount"]["total"] == 9900);
    CHECK(body["amount"]["currency"] == "CNY");
    CHECK(body.HasMember("payer") == (method == "jsapi"));
    CHECK(body.HasMember("scene_info") == (method == "h5"));
    CHECK(body.MemberCount() == (method == "native" || method == "app" ? 7U : 8U));
  }
  CHECK(desk.body(desk.peer.wish(OperationKind::pay, "jsapi"))["payer"]["openid"] ==
        "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
  const auto h5 = desk.body(desk.peer.wish(OperationKind::pay, "h5"));
  CHECK(h5["scene_info"]["payer_client_ip"] == "203.0.113.7");
  CHECK(h5["scene_info"]["h5_info"]["type"] == "Wap");
}

TEST_CASE("a description is cut to 127 characters and loses what WeChat Pay refuses",
          "[channel][wechat]") {
  Desk desk;
  OperationInput wish = desk.peer.wish(OperationKind::pay);
  const auto sent = [&](std::string description) {
    wish.description = std::move(description);
    return std::string(desk.body(wish)["description"].GetString());
  };
  std::string long_text, cut;
  for (int i = 0; i < 200; ++i) long_text += "店";
  for (int i = 0; i < 127; ++i) cut += "店";
  CHECK(sent(long_text) == cut);
  CHECK(sent("a\xF0\x9F\x98\x80"
             "b") == "ab");
  CHECK(sent("a\n\x01"
             "b\x7F") == "ab");
  CHECK(sent("a\xFF\xC0\xAF\xED\xA0\x80"
             "b\xE5\xBA") == "ab");
  CHECK(sent("\xF0\x9F\x98\x80") == WechatPeer::pay_no);
  CHECK(sent("") == WechatPeer::pay_no);
}

TEST_CASE("an order without an end sends none", "[channel][wechat]") {
  Desk desk;
  OperationInput wish = desk.peer.wish(OperationKind::pay);
  wish.expires_ms = 0;
  CHECK_FALSE(desk.body(wish).HasMember("time_expire"));
  CHECK(desk.honest(wish).material_expires_ms == now_ms + 2 * 3600 * 1000);
}

TEST_CASE("each method hands the buyer what its client takes", "[channel][wechat]") {
  Desk desk;
  const std::string merchant = WechatKeys::get().merchant.public_pem();
  const std::string prepay_id = "wx201410272009395522657a690389285100";

  const Outcome native = desk.honest(desk.peer.wish(OperationKind::pay, "native"));
  CHECK(native.action == ActionType::qr);
  CHECK(native.material == "weixin://wxpay/bizpayurl?pr=AbCd123");

  const Outcome h5 = desk.honest(desk.peer.wish(OperationKind::pay, "h5"));
  CHECK(h5.action == ActionType::redirect);
  CHECK(h5.material ==
        "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx2&redirect_url="
        "https%3A%2F%2Fpay.example.com%2Fpay%2Freturn%2Ft%3Fa%3Db");
  CHECK(h5.material_expires_ms == now_ms + 5 * 60 * 1000);

  const Outcome jsapi = desk.honest(desk.peer.wish(OperationKind::pay, "jsapi"));
  CHECK(jsapi.action == ActionType::jsapi);
  const auto bridge = parsed(jsapi.material);
  REQUIRE(bridge.MemberCount() == 6);
  CHECK(bridge["appId"] == WechatPeer::app_id);
  CHECK(bridge["timeStamp"] == std::to_string(now_ms / 1000));
  CHECK(bridge["package"] == "prepay_id=" + prepay_id);
  CHECK(bridge["signType"] == "RSA");
  CHECK(verify(merchant,
               WechatPeer::app_id + "\n" + bridge["timeStamp"].GetString() + "\n" +
                   bridge["nonceStr"].GetString() + "\nprepay_id=" + prepay_id + "\n",
               bridge["paySign"].GetString()));

  const Outcome app = desk.honest(desk.peer.wish(OperationKind::pay, "app"));
  CHECK(app.action == ActionType::app);
  const auto parameters = parsed(app.material);
  REQUIRE(parameters.MemberCount() == 7);
  CHECK(parameters["appid"] == WechatPeer::app_id);
  CHECK(parameters["partnerid"] == WechatPeer::mch_id);
  CHECK(parameters["prepayid"] == prepay_id);
  CHECK(parameters["package"] == "Sign=WXPay");
  CHECK(verify(merchant,
               WechatPeer::app_id + "\n" + parameters["timestamp"].GetString() + "\n" +
                   parameters["noncestr"].GetString() + "\n" + prepay_id + "\n",
               parameters["sign"].GetString()));
  CHECK(app.material_expires_ms == now_ms + 30 * 60 * 1000);  // never later than the order
}

TEST_CASE("a handle that no buyer could use is no handle", "[channel][wechat]") {
  Desk desk;
  for (const auto& [method, body] : std::vector<std::pair<std::string, std::string>>{
           {"native", R"({"code_url":""})"},
           {"native", R"({"code_url":7})"},
           {"native", R"({"code_url":")" + std::string(5000, 'x') + R"("})"},
           {"h5", R"-({"h5_url":"javascript:alert(1)"})-"},
           {"jsapi", R"({"prepay_id":null})"},
           {"app", "[]"}}) {
    CAPTURE(method, body.substr(0, 40));
    const Outcome outcome = desk.outcome(desk.peer.wish(OperationKind::pay, method),
                                         desk.peer.signed_response(200, body, now_ms));
    CHECK(outcome.verdict == Verdict::unknown);
    CHECK(outcome.material.empty());
  }
}

TEST_CASE("what WeChat Pay must refuse is not sent", "[channel][wechat]") {
  Desk desk;
  const auto refused = [&](auto change, std::string method = "native") {
    OperationInput wish = desk.peer.wish(OperationKind::pay, method);
    change(wish);
    const Run run(desk.made, wish, now_ms);
    return !run.sending() && run.outcome().verdict == Verdict::failed &&
           run.outcome().reason == Reason::rejected;
  };
  CHECK(refused([](auto& w) { w.amount = 0; }));
  CHECK(refused([](auto& w) { w.amount = -1; }));
  CHECK(refused([](auto& w) { w.currency = "USD"; }));
  CHECK(refused([](auto& w) { w.method = "page"; }));
  CHECK(refused([](auto& w) { w.method = "../refund"; }));
  CHECK(refused([](auto& w) { w.pay_no = "12345"; }));
  CHECK(refused([](auto& w) { w.pay_no = std::string(33, '1'); }));
  CHECK(refused([](auto& w) { w.pay_no = "123456/7"; }));
  CHECK(refused([](auto& w) { w.notify_url = ""; }));
  CHECK(refused([](auto& w) { w.notify_url += "?a=b"; }));
  CHECK(refused([](auto& w) { w.expires_ms = now_ms; }));
  CHECK(refused([](auto& w) { w.openid = ""; }, "jsapi"));
  CHECK(refused([](auto& w) { w.client_ip = ""; }, "h5"));
}

TEST_CASE("errors on placing: refused is failed, a known number is asked for, the rest is unknown",
          "[channel][wechat]") {
  check_errors(OperationKind::pay,
               {{400, "PARAM_ERROR", Verdict::failed, Reason::rejected},
                {400, "INVALID_REQUEST", Verdict::failed, Reason::rejected},
                {401, "SIGN_ERROR", Verdict::failed, Reason::configuration},
                {403, "NO_AUTH", Verdict::failed, Reason::configuration},
                {400, "APPID_MCHID_NOT_MATCH", Verdict::failed, Reason::configuration},
                {400, "MCH_NOT_EXISTS", Verdict::failed, Reason::configuration},
                {403, "RULE_LIMIT", Verdict::failed, Reason::rejected},
                {403, "TRADE_ERROR", Verdict::failed, Reason::rejected},
                {403, "OUT_TRADE_NO_USED", Verdict::unknown, Reason::already_paid},
                {400, "ORDERPAID", Verdict::unknown, Reason::already_paid},
                {400, "ORDER_PAID", Verdict::unknown, Reason::already_paid},
                {400, "ORDER_CLOSED", Verdict::unknown, Reason::closed},
                {429, "FREQUENCY_LIMITED", Verdict::retry, Reason::frequency},
                {429, "RATELIMIT_EXCEEDED", Verdict::retry, Reason::frequency},
                {500, "SYSTEM_ERROR", Verdict::unknown, Reason::none},
                {500, "OPENID_MISMATCH", Verdict::unknown, Reason::none},
                {503, "SERVICE_UNAVAILABLE", Verdict::unknown, Reason::none},
                {400, "SYSTEMERROR", Verdict::unknown, Reason::none},
                {202, "USERPAYING", Verdict::unknown, Reason::none}});
}

TEST_CASE("errors on asking never end a trade", "[channel][wechat]") {
  check_errors(OperationKind::query,
               {{404, "ORDER_NOT_EXIST", Verdict::pending, Reason::not_found},
                {404, "ORDERNOTEXIST", Verdict::pending, Reason::not_found},
                {404, "RESOURCE_NOT_EXISTS", Verdict::pending, Reason::not_found},
                {400, "ORDER_NOT_EXIST", Verdict::unknown, Reason::none},
                {400, "PARAM_ERROR", Verdict::unknown, Reason::none},
                {400, "ORDER_CLOSED", Verdict::unknown, Reason::none},
                {401, "SIGN_ERROR", Verdict::unknown, Reason::configuration},
                {429, "FREQUENCY_LIMIT_EXCEED", Verdict::retry, Reason::frequency},
                {500, "SYSTEM_ERROR", Verdict::unknown, Reason::none}});
}

TEST_CASE("errors on closing: closed already is closed, paid is told", "[channel][wechat]") {
  check_errors(OperationKind::close, {{400, "ORDER_CLOSED", Verdict::succeeded, Reason::closed},
                                      {400, "ORDERCLOSED", Verdict::succeeded, Reason::closed},
                                      {400, "ORDERPAID", Verdict::failed, Reason::already_paid},
                                      {400, "ORDER_PAID", Verdict::failed, Reason::already_paid},
                                      {404, "ORDER_NOT_EXIST", Verdict::pending, Reason::not_found},
                                      {401, "SIGN_ERROR", Verdict::unknown, Reason::configuration},
                                      {400, "INVALID_REQUEST", Verdict::unknown, Reason::none},
                                      {202, "USER_PAYING", Verdict::unknown, Reason::none},
                                      {500, "SYSTEM_ERROR", Verdict::unknown, Reason::none}});
}

TEST_CASE("Retry-After is passed on within an hour", "[channel][wechat]") {
  Desk desk;
  Response busy = error(429, "FREQUENCY_LIMITED");
  for (const auto& [told, taken] : std::vector<std::pair<std::string, int>>{
           {"7", 7}, {"999999999", 3600}, {"-1", 0}, {"Thu, 01 Jan 2026", 0}, {"", 0}}) {
    busy.headers["retry-after"] = told;
    CHECK(desk.outcome(desk.peer.wish(OperationKind::pay), busy).retry_after_s == taken);
  }
}

TEST_CASE("each transport failure is told by its word", "[channel][wechat]") {
  Desk desk;
  Response broken;
  broken.transport = Transport::not_sent;
  CHECK(desk.outcome(desk.peer.wish(OperationKind::pay), broken).channel_code == "not_sent");
  broken.transport = Transport::maybe_sent;
  CHECK(desk.outcome(desk.peer.wish(OperationKind::pay), broken).channel_code == "maybe_sent");
}

TEST_CASE("an answer whose signature does not hold is unverified (P2, P8)", "[channel][wechat]") {
  Desk desk;
  for (const auto& fault : desk.peer.proof_faults()) {
    for (const auto& wish : desk.peer.wishes()) {
      CAPTURE(fault.name, wish.method);
      const Made made(*subjects().front().forms.front().plugin, desk.peer.gateway(),
                      desk.peer.settings_json());
      Run run(made, wish, now_ms);
      run.resume(fault.apply(desk.peer.answer(run.request(), now_ms)), now_ms);
      if (run.sending()) run.resume(desk.peer.answer(run.request(), now_ms), now_ms);
      const bool bill = wish.kind == OperationKind::fetch_bill;
      CHECK(run.outcome().verdict == (bill ? Verdict::retry : Verdict::unknown));
      CHECK(run.outcome().reason == Reason::unverified);
    }
  }
}

TEST_CASE("every trade state means what section 4 says", "[channel][wechat]") {
  Desk desk;
  struct Row {
    std::string state;
    Verdict verdict;
    Reason reason;
  };
  for (const auto& row : std::vector<Row>{{"SUCCESS", Verdict::succeeded, Reason::none},
                                          {"REFUND", Verdict::succeeded, Reason::none},
                                          {"NOTPAY", Verdict::pending, Reason::none},
                                          {"USERPAYING", Verdict::pending, Reason::none},
                                          {"ACCEPT", Verdict::pending, Reason::none},
                                          {"CLOSED", Verdict::failed, Reason::closed},
                                          {"REVOKED", Verdict::failed, Reason::closed},
                                          {"PAYERROR", Verdict::failed, Reason::rejected},
                                          {"success", Verdict::unknown, Reason::none},
                                          {"SOMETHING_NEW", Verdict::unknown, Reason::none}}) {
    CAPTURE(row.state);
    const Outcome outcome =
        desk.outcome(desk.peer.wish(OperationKind::query),
                     desk.peer.signed_response(200, desk.peer.trade(row.state), now_ms));
    CHECK(outcome.verdict == row.verdict);
    CHECK(outcome.reason == row.reason);
    CHECK(outcome.channel_code == row.state);
  }
}

TEST_CASE("a paid answer that lacks what proves it is not paid (P2)", "[channel][wechat]") {
  Desk desk;
  const std::string paid = desk.peer.trade("SUCCESS");
  const auto ask = [&](std::string_view what, std::string_view instead) {
    std::string body = paid;
    const auto at = body.find(what);
    REQUIRE(at != std::string::npos);
    body.replace(at, what.size(), instead);
    return desk.outcome(desk.peer.wish(OperationKind::query),
                        desk.peer.signed_response(200, body, now_ms));
  };
  CHECK(ask("\"total\":9900", "\"total\":9900").verdict == Verdict::succeeded);
  CHECK(ask("\"total\":9900", "\"total\":100").amount == 100);
  for (const auto* odd : {"\"total\":\"9900\"", "\"total\":9900.0", "\"total\":0", "\"total\":-1",
                          "\"total\":99e2", "\"total\":18446744073709551615", "\"x\":1"}) {
    CAPTURE(odd);
    CHECK(ask("\"total\":9900", odd).verdict == Verdict::unknown);
  }
  CHECK(ask("\"currency\":\"CNY\"", "\"currency\":null").verdict == Verdict::unknown);
  CHECK(ask("\"transaction_id\"", "\"x\"").verdict == Verdict::unknown);
  CHECK(ask("\"mchid\"", "\"x\"").verdict == Verdict::unknown);
  CHECK(ask("\"appid\"", "\"x\"").verdict == Verdict::unknown);
  CHECK(ask(WechatPeer::pay_no, "7214983217463296002").verdict == Verdict::unknown);
  // Who was paid is for the host to compare.
  CHECK(ask(WechatPeer::mch_id, "1900000002").receiver == "1900000002/" + WechatPeer::app_id);
}

TEST_CASE("that somebody else's trade is closed ends nothing of ours", "[channel][wechat]") {
  Desk desk;
  std::string body = desk.peer.trade("CLOSED");
  body.replace(body.find(WechatPeer::mch_id), WechatPeer::mch_id.size(), "1900000002");
  CHECK(desk.outcome(desk.peer.wish(OperationKind::query),
                     desk.peer.signed_response(200, body, now_ms))
            .verdict == Verdict::unknown);
}

}  // namespace tollgate::test
