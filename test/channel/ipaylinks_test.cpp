// iPayLinks: both generations beyond what every channel's conformance covers, and the derived
// vectors (test/data/vectors/ipaylinks.json; iPayLinks has published none).
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "common/json.hpp"
#include "ipaylinks/amount.hpp"
#include "ipaylinks/signing.hpp"
#include "ipaylinks_peer.hpp"

namespace tollgate::test {
namespace {

using common::JsonValue;
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

struct Desk {
  IpaylinksPeer peer;
  std::unique_ptr<Made> made;
  explicit Desk(int generation, Fields beside = {}) : peer(generation) {
    peer.settings_beside = std::move(beside);
    made = std::make_unique<Made>(plugin_of("ipaylinks"), peer.gateway(), peer.settings_json());
  }

  Outcome run(const OperationInput& input) {
    Run operation(*made, input, now_ms);
    while (operation.sending()) operation.resume(peer.answer(operation.request(), now_ms), now_ms);
    return operation.outcome();
  }
  Outcome answered(OperationKind kind, const Response& response) {
    Run operation(*made, peer.wish(kind), now_ms);
    operation.resume(response, now_ms);
    return operation.outcome();
  }
  CallbackVerdict judge(const sdk::CallbackInput& input) {
    Run operation(*made, input, now_ms);
    while (operation.sending()) operation.resume(peer.answer(operation.request(), now_ms), now_ms);
    return operation.verdict();
  }
  CallbackVerdict judge(Fields change) {
    Fields fields = peer.trade();
    for (auto& [name, value] : change) fields[name] = value;
    return judge(peer.posted(peer.with_signature(fields)));
  }
};

std::string file(const std::string& name) {
  std::ifstream in(TOLLGATE_TEST_DATA_DIR "/vectors/" + name, std::ios::binary);
  if (!in) throw std::runtime_error("no test data " + name);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Names and values of the hidden inputs.
Fields inputs_of(const std::string& html) {
  Fields fields;
  const std::string name = "name=\"", value = "value=\"";
  for (auto at = html.find(name); at != std::string::npos; at = html.find(name, at + 1)) {
    const auto from = at + name.size(), to = html.find(value, at) + value.size();
    fields[html.substr(from, html.find('"', from) - from)] =
        html.substr(to, html.find('"', to) - to);
  }
  return fields;
}

}  // namespace

TEST_CASE("the derived vectors are signed as they stand", "[channel][ipaylinks]") {
  const auto document = common::JsonDocument::parse(file("ipaylinks.json"));
  REQUIRE(document);
  const JsonValue list = document->root()["derived"];
  REQUIRE(list.size() == 3);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const JsonValue v = list.at(i);
    CAPTURE(v["id"].text_or_empty());
    const std::string name = v["sign"] ? "sign" : "signMsg";
    const ipaylinks::Signer signer({name}, "TESTKEY123");
    common::Form form;
    for (const auto& field : v["params"].names())
      form[field] = std::string(v["params"][field].text_or_empty());
    CHECK(signer.text(form) == v["sign_string"].text_or_empty());
    CHECK(signer.sign(form) == v[name].text_or_empty());
    signer.add_signature(form);
    CHECK(signer.holds(form));
    form[name][0] ^= 1;
    CHECK_FALSE(signer.holds(form));
  }
}

TEST_CASE("each switch of the signing rule changes what is signed", "[channel][ipaylinks]") {
  const common::Form form{{"b", " x "}, {"a", ""}, {"sign", "s"}};
  const auto text = [&](ipaylinks::Rule rule) {
    rule.field = "sign";
    return ipaylinks::Signer(rule, "K").text(form);
  };
  ipaylinks::Rule rule;
  CHECK(text(rule) == "b= x &pkey=K");
  rule.trim = true;
  CHECK(text(rule) == "b=x&pkey=K");
  rule.keep_empty = true;
  CHECK(text(rule) == "a=&b=x&pkey=K");
  rule.tail = "signKey";
  CHECK(text(rule) == "a=&b=xsignKeyK");
  const auto lower = ipaylinks::Signer(rule, "K").sign(form);
  rule.upper = true;
  const auto upper = ipaylinks::Signer(rule, "K").sign(form);
  CHECK(lower != upper);
  CHECK(lower.find_first_of("ABCDEF") == std::string::npos);
  CHECK(upper.find_first_of("abcdef") == std::string::npos);
}

TEST_CASE("amounts are exact, and a currency whose rule is unknown is not taken",
          "[channel][ipaylinks]") {
  const ipaylinks::Amounts webgate(true, {}), mapi(false, {});
  CHECK(webgate.write(1234, "USD") == "1234");
  CHECK(webgate.write(100, "JPY") == "10000");  // hundredths of a yen
  CHECK(webgate.read("10000", "JPY") == 100);
  CHECK_FALSE(webgate.read("10001", "JPY"));
  CHECK(mapi.write(1234, "EUR") == "1234");
  for (const auto* unknown : {"JPY", "KRW", "VND", "ISK", "KWD", "CNY", "", "usd", "USD,"}) {
    CHECK_FALSE(mapi.write(1000, unknown));
    CHECK_FALSE(mapi.read("1000", unknown));
  }
  for (const auto* unknown : {"KWD", "CNY"}) CHECK_FALSE(webgate.write(1000, unknown));
  const ipaylinks::Amounts confirmed(false, {{"JPY", 0}, {"USD", 1}});
  CHECK(confirmed.write(100, "JPY") == "100");
  CHECK(confirmed.write(1230, "USD") == "123");
  CHECK_FALSE(confirmed.write(1234, "USD"));
  CHECK_FALSE(webgate.write(0, "USD"));
  CHECK_FALSE(webgate.write(-5, "USD"));
  CHECK_FALSE(webgate.write(INT64_MAX, "JPY"));
  CHECK_FALSE(webgate.write(9'999'999'999'999, "USD"));
  for (const auto* bad : {"", "12.34", "-1", " 1", "1234567890123"})
    CHECK_FALSE(webgate.read(bad, "USD"));
}

TEST_CASE("the page of the first generation is a signed form", "[channel][ipaylinks]") {
  Desk desk(1);
  const Outcome outcome = desk.run(desk.peer.wish(OperationKind::pay));
  CHECK(outcome.action == sdk::ActionType::form);
  CHECK_THAT(outcome.material,
             Catch::Contains("action=\"https://gateway.example.com/webgate/ipayapi.htm\""));
  Fields fields = inputs_of(outcome.material);
  CHECK(fields["orderId"] == IpaylinksPeer::pay_no);
  CHECK(fields["orderAmount"] == "1234");
  CHECK(fields["currencyCode"] == "USD");
  CHECK(fields["partnerId"] == IpaylinksPeer::merchant_id);
  CHECK(fields["siteId"] == "shop.example.com");
  CHECK(fields["submitTime"] == "20260101120000");
  CHECK(fields["tradeType"] == "1000");
  CHECK(fields["customerIP"] == "203.0.113.5");
  CHECK(fields["noticeUrl"] == "https://pay.example.com/callbacks/ipl-main");
  CHECK(fields["remark"] == desk.peer.seal());
  CHECK(fields == desk.peer.with_signature(fields));
}

TEST_CASE("the page of the second generation is a signed form", "[channel][ipaylinks]") {
  Desk desk(2, {{"access_type", "hosted"}});
  const Outcome outcome = desk.run(desk.peer.wish(OperationKind::pay));
  CHECK_THAT(outcome.material,
             Catch::Contains("action=\"https://gateway.example.com/mapi/OpenAPI.do\""));
  Fields fields = inputs_of(outcome.material);
  CHECK(fields["transId"] == IpaylinksPeer::pay_no);
  CHECK(fields["transType"] == "sale");
  CHECK(fields["transAmt"] == "1234");
  CHECK(fields["transTimeout"] == "30");
  CHECK(fields["accessType"] == "hosted");
  CHECK(fields["carrierId"] == "shop.example.com");
  CHECK(fields == desk.peer.with_signature(fields));
  for (const auto& [name, value] : fields) CHECK(!value.empty());
  CHECK(inputs_of(Desk(2).run(desk.peer.wish(OperationKind::pay)).material).count("accessType") ==
        0);
}

TEST_CASE("no text of a buyer's can pass for another field", "[channel][ipaylinks]") {
  Desk desk(1);
  OperationInput wish = desk.peer.wish(OperationKind::pay);
  wish.description = "=book&orderAmount=1<\"'>&";
  const Outcome outcome = desk.run(wish);
  CHECK_THAT(outcome.material, Catch::Contains("\"book orderAmount 1&lt;&quot;&#39;&gt;\""));
  const auto refused = [&](auto change) {
    OperationInput input = desk.peer.wish(OperationKind::pay);
    change(input);
    const Outcome told = desk.run(input);
    return told.verdict == Verdict::failed && told.reason == Reason::rejected;
  };
  CHECK(refused([](auto& i) { i.notify_url += "?a=b"; }));
  CHECK(refused([](auto& i) { i.return_url = ""; }));
  CHECK(refused([](auto& i) { i.pay_no = "a&b"; }));
  CHECK(refused([](auto& i) { i.currency = "KWD"; }));
  CHECK(refused([](auto& i) { i.amount = 0; }));
  CHECK(refused([](auto& i) { i.expires_ms = now_ms; }));
  CHECK(refused([](auto& i) { i.method = "qr"; }));
}

TEST_CASE("each state of the second generation means what is known of it", "[channel][ipaylinks]") {
  struct Row {
    std::string status;
    Verdict query, close;
    Reason reason;
  };
  for (const auto& row :
       std::vector<Row>{{"success", Verdict::succeeded, Verdict::failed, Reason::none},
                        {"failed", Verdict::failed, Verdict::succeeded, Reason::none},
                        {"expired", Verdict::failed, Verdict::succeeded, Reason::closed},
                        {"canceled", Verdict::failed, Verdict::succeeded, Reason::none},
                        {"received", Verdict::pending, Verdict::pending, Reason::none},
                        {"pending", Verdict::pending, Verdict::pending, Reason::none},
                        {"pending_review", Verdict::pending, Verdict::pending, Reason::none},
                        {"", Verdict::pending, Verdict::succeeded, Reason::not_found},
                        {"SUCCESS", Verdict::unknown, Verdict::unknown, Reason::none},
                        {"whatever", Verdict::unknown, Verdict::unknown, Reason::none}}) {
    CAPTURE(row.status);
    Desk desk(2);
    Fields fields = desk.peer.trade();
    fields["status"] = row.status;
    const auto response = desk.peer.answered(desk.peer.with_signature(fields));
    const Outcome query = desk.answered(OperationKind::query, response);
    CHECK(query.verdict == row.query);
    CHECK(query.reason == row.reason);
    CHECK(query.channel_code == (row.status.empty() ? "0000" : row.status));
    fields["transId"] = IpaylinksPeer::closing_no;
    const auto closing = desk.peer.answered(desk.peer.with_signature(fields));
    CHECK(desk.answered(OperationKind::close, closing).verdict == row.close);
  }
}

TEST_CASE("an answer that is not about this trade, or proves no payment, is unknown (P2)",
          "[channel][ipaylinks]") {
  Desk desk(2);
  const auto with = [&](const std::string& name, const std::string& value) {
    Fields fields = desk.peer.trade();
    fields[name] = value;
    return desk.answered(OperationKind::query,
                         desk.peer.answered(desk.peer.with_signature(fields)));
  };
  CHECK(with("transId", "1").verdict == Verdict::unknown);
  CHECK(with("transAmt", "").verdict == Verdict::unknown);
  CHECK(with("transAmt", "12.34").verdict == Verdict::unknown);
  CHECK(with("currency", "JPY").verdict == Verdict::unknown);
  CHECK(with("orderId", "").verdict == Verdict::unknown);
  CHECK(with("merchantId", "99999999999").receiver == "99999999999");  // the host compares
  Fields foreign = desk.peer.trade();
  foreign["status"] = "failed";
  foreign["merchantId"] = "99999999999";
  CHECK(desk.answered(OperationKind::query, desk.peer.answered(desk.peer.with_signature(foreign)))
            .verdict == Verdict::unknown);
  Response busy;
  busy.status = 429;
  CHECK(desk.answered(OperationKind::query, busy).verdict == Verdict::retry);
}

TEST_CASE("the first generation cannot be asked; its attempts are closed here",
          "[channel][ipaylinks]") {
  Desk desk(1);
  const Outcome query = desk.run(desk.peer.wish(OperationKind::query));
  CHECK(query.verdict == Verdict::pending);
  CHECK(query.channel_code == "no_query");
  CHECK(desk.run(desk.peer.wish(OperationKind::close)).verdict == Verdict::succeeded);
}

TEST_CASE("a notice of the first generation is believed by all that it must hold (P8)",
          "[channel][ipaylinks]") {
  Desk desk(1);
  const CallbackVerdict good = desk.judge(Fields{});
  REQUIRE(good.applies);
  CHECK(good.ack.status == 200);
  CHECK(good.ack.body == "OK");
  CHECK(good.outcome.channel_trade_no == IpaylinksPeer::trade_no);
  CHECK(good.outcome.time_ms == now_ms + 3'000);
  for (const auto* pending : {"0300", "0330"})
    CHECK(desk.judge(Fields{{"resultCode", pending}}).outcome.verdict == Verdict::pending);
  CHECK(desk.judge(Fields{{"resultCode", "0051"}}).outcome.verdict == Verdict::failed);
  for (const auto* odd : {"", "0", "00000", "OK", "000x"})
    CHECK(desk.judge(Fields{{"resultCode", odd}}).outcome.verdict == Verdict::unknown);
  CHECK(desk.judge(Fields{{"orderAmount", "1234.0"}}).outcome.verdict == Verdict::unknown);
  CHECK(desk.judge(Fields{{"partnerId", "9"}}).outcome.receiver == "9");
  for (const auto* remark : {"", "x"}) {
    const CallbackVerdict other = desk.judge(Fields{{"remark", remark}});
    CHECK(other.authentic);  // acknowledged, and nothing done
    CHECK_FALSE(other.applies);
  }
  CHECK(desk.judge(Fields{{"orderId", ""}}).refusal == Refusal::malformed);
  CHECK(desk.judge(Fields{{"signType", "1"}}).refusal == Refusal::signature_mismatch);
  CHECK(desk.judge(Fields{{"resultMsg", "a&resultCode=0000"}}).refusal == Refusal::malformed);
  CHECK(desk.judge(Fields{{"unheard_of", "x"}}).refusal == Refusal::malformed);
  CHECK(Desk(1, {{"further_fields", "other,unheard_of"}})
            .judge(Fields{{"unheard_of", "x"}})
            .authentic);
  auto get = desk.peer.notice(now_ms);
  get.method = "GET";
  CHECK(desk.judge(get).refusal == Refusal::malformed);
  for (const std::string odd :
       {"", "&", "a", "=b", "orderId=1&orderId=2", "a=%", "a=%4", "a=%zz"}) {
    auto input = desk.peer.notice(now_ms);
    input.body = odd;
    CHECK(desk.judge(input).refusal == Refusal::malformed);
  }
}

TEST_CASE("a repeat says the same under one id, another result under another (P6)",
          "[channel][ipaylinks]") {
  Desk desk(1);
  const auto id = [&](const std::string& code) {
    return desk.judge(Fields{{"resultCode", code}}).event_id;
  };
  CHECK(id("0000") == id("0000"));
  CHECK(id("0000") != id("0300"));
}

TEST_CASE("a notice of the second generation is only a reason to ask", "[channel][ipaylinks]") {
  Desk desk(2);
  const auto judged = [&](const Fields& notice, const Response& response) {
    Run run(*desk.made, desk.peer.posted(desk.peer.with_signature(notice)), now_ms);
    REQUIRE(run.sending());
    run.resume(response, now_ms);
    return run.verdict();
  };
  Fields pending = desk.peer.trade();
  pending["status"] = "pending";
  const auto still = desk.peer.answered(desk.peer.with_signature(pending));
  CHECK(judged(desk.peer.trade(), still).outcome.verdict == Verdict::pending);
  for (const int status : {302, 500, 429}) {
    Response odd = still;
    odd.status = status;
    CHECK(judged(desk.peer.trade(), odd).refusal == Refusal::unavailable);
    CHECK(judged(desk.peer.trade(), odd).nack.status == 503);
  }
  const CallbackVerdict other = desk.judge(Fields{{"transType", "create_token"}});
  CHECK(other.authentic);
  CHECK_FALSE(other.applies);
}

TEST_CASE("a notice of the second generation may be JSON, flat and unambiguous",
          "[channel][ipaylinks]") {
  Desk desk(2);
  const auto judged = [&](const std::string& body) {
    sdk::CallbackInput input = desk.peer.notice(now_ms);
    input.headers["content-type"] = "application/json; charset=utf-8";
    input.body = body;
    return desk.judge(input);
  };
  const std::string json = IpaylinksPeer::to_json(desk.peer.with_signature(desk.peer.trade()));
  CHECK(judged(json).outcome.verdict == Verdict::succeeded);
  for (const std::string& odd : std::vector<std::string>{
           "{}", "[]", "", "{", json + "x", "{\"status\":\"failed\"," + json.substr(1),
           "{\"respMsg\":{}," + json.substr(1), "{\"respMsg\":1.5," + json.substr(1)})
    CHECK(judged(odd).refusal == Refusal::malformed);
}

TEST_CASE("each wrong or missing setting of iPayLinks is named, and no value is shown (P9, P12)",
          "[channel][ipaylinks]") {
  const auto refusal = [](const Fields& settings) -> std::string {
    try {
      const Made made(plugin_of("ipaylinks"), "https://a.example",
                      IpaylinksPeer::to_json(settings));
    } catch (const sdk::SettingError& e) {
      return e.what();
    }
    return "";
  };
  const Fields good = IpaylinksPeer(2).settings();
  CHECK(refusal(good).empty());
  for (const auto& [name, value] : good) {
    CAPTURE(name);
    Fields settings = good;
    settings.erase(name);
    CHECK_THAT(refusal(settings), Catch::Contains(name));
    for (const std::string bad : {"", "\x01", "not \"right\""}) {
      settings[name] = bad;
      CHECK_THAT(refusal(settings), Catch::Contains(name));
      if (bad.size() > 1) CHECK_THAT(refusal(settings), !Catch::Contains(bad));
    }
  }
  for (const auto& [name, bad] : Fields{{"generation", "3"},
                                        {"sign_empty", "yes"},
                                        {"sign_trim", "1"},
                                        {"sign_hex", "UPPER"},
                                        {"encoding", "xml"},
                                        {"number_field", "a b"},
                                        {"further_fields", "a,,b"},
                                        {"decimals", "JPY"},
                                        {"utc_offset", "15"},
                                        {"sign_tail", "\""},
                                        {"ack_body", "\x01"}}) {
    Fields settings = good;
    settings[name] = bad;
    CHECK_THAT(refusal(settings), Catch::Contains(name));
  }
  Fields settings = good;
  settings["decimals"] = "JPY=0,KRW=2";
  settings["utc_offset"] = "-5";
  CHECK(refusal(settings).empty());
}

}  // namespace tollgate::test
