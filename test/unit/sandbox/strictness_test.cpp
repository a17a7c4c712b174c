// Every rule that a request must keep, and the refusal it earns.
#include <catch2/catch.hpp>

#include "base/time.hpp"
#include "bench.hpp"
#include "sandbox/wechat_auth.hpp"
#include "sandbox/wechat_order.hpp"

using namespace tollgate;
using namespace tollgate::sandbox;
using namespace tollgate::sandbox::test;

namespace {

/// Places once with one thing changed; the refusal's status, code and field.
std::string refusal(Bench& bench, const Order& order, const std::string& method = "native") {
  const auto response = bench.place(order, method);
  INFO(response.body);
  if (response.status < 300) return "accepted";
  const auto body = parsed(response.body);
  return std::to_string(response.status) + " " + at(body, "/code") + " " +
         at(body, "/detail/field");
}

std::string param(const std::string& field) {
  return "400 PARAM_ERROR " + field;
}

net::Response send_changed(Bench& bench, const std::function<void(Draft&)>& change) {
  Draft draft =
      bench.draft(net::Method::post, "/v3/pay/transactions/native", Order("T10000001").body());
  change(draft);
  return bench.send(draft);
}

std::string sign_issue(Bench& bench, const std::function<void(Draft&)>& change) {
  const auto response = send_changed(bench, change);
  if (response.status != 401) return std::to_string(response.status) + Bench::code(response);
  const auto body = parsed(response.body);
  CHECK(at(body, "/code") == "SIGN_ERROR");
  return at(body, "/detail/field");
}

std::string header_refusal(Bench& bench, const char* name, const char* value) {
  const auto response = send_changed(bench, [&](Draft& draft) {
    draft.headers = [=](net::Headers& headers) { headers.set(name, value); };
  });
  if (response.status < 300) return "accepted";
  return std::to_string(response.status) + " " + at(parsed(response.body), "/detail/field");
}

}  // namespace

TEST_CASE("a request that keeps every rule is accepted for each of the four methods", "[sandbox]") {
  Bench bench;
  CHECK(bench.place(Order("T10000001")).status == 200);
  CHECK(bench.place(Order("T10000002"), "app").status == 200);
  CHECK(refusal(bench, Order("T10000003").set("payer", R"({"openid":"oUser"})"), "jsapi") ==
        "accepted");
  const char* scene = R"({"payer_client_ip":"2001:db8::1","h5_info":{"type":"Wap"}})";
  CHECK(refusal(bench, Order("T10000004").set("scene_info", scene), "h5") == "accepted");
}

TEST_CASE("an Authorization header that is not exactly as documented is refused", "[sandbox]") {
  WechatAuthorization out;
  const auto refused = [&](const char* header) {
    out = {};
    return WechatAuthorization::parse(header, out).has_value();
  };
  const std::string scheme = "WECHATPAY2-SHA256-RSA2048 ";
  const std::string fields = R"(mchid="1",nonce_str="n",signature="s",timestamp="1",serial_no="A")";
  CHECK_FALSE(refused((scheme + fields).c_str()));
  CHECK_FALSE(refused(
      (scheme + R"(serial_no="A",timestamp="1",mchid="1",signature="s",nonce_str="n")").c_str()));
  CHECK(out.serial == "A");
  CHECK(refused(""));
  CHECK(refused(scheme.c_str()));
  CHECK(refused(("WECHATPAY2-SM2-WITH-SM3 " + fields).c_str()));
  CHECK(refused((scheme + " " + fields).c_str()));
  CHECK(refused((scheme + fields + ",").c_str()));
  CHECK(refused((scheme + fields + R"(,mchid="2")").c_str()));
  CHECK(refused((scheme + fields + R"(,extra="2")").c_str()));
  CHECK(refused((scheme + R"(mchid="1",nonce_str="n",signature="s",timestamp="1")").c_str()));
  CHECK(refused(
      (scheme + R"(mchid="1", nonce_str="n",signature="s",timestamp="1",serial_no="A")").c_str()));
  CHECK(refused(
      (scheme + R"(mchid=1,nonce_str="n",signature="s",timestamp="1",serial_no="A")").c_str()));
  CHECK(refused((scheme + R"(mchid="1)").c_str()));
}

TEST_CASE("a request is authentic only with the merchant's serial, key, and these very bytes",
          "[sandbox]") {
  Bench bench;
  CHECK(sign_issue(bench, [](Draft& d) { d.signed_body = d.body + " "; }) == "signature");
  CHECK(sign_issue(bench, [](Draft& d) { d.key_file = "merchant2_key.pem"; }) == "signature");
  CHECK(sign_issue(bench, [](Draft& d) { d.serial = std::string(40, 'A'); }) == "serial_no");
  const std::string foreign = bench.key_text("merchant2_serial");
  CHECK(sign_issue(bench, [&](Draft& d) { d.serial = foreign; }) == "serial_no");
  CHECK(sign_issue(bench, [](Draft& d) { d.nonce = "with blank"; }) == "nonce_str");
  CHECK(sign_issue(bench, [](Draft& d) {
          d.headers = [](net::Headers& h) { h.set("Authorization", "Bearer x"); };
        }) == "Authorization");
  const auto unknown = send_changed(bench, [](Draft& d) { d.mch_id = "1900000099"; });
  CHECK(Bench::code(unknown) == "MCH_NOT_EXISTS");
  CHECK(bench.simulator.ledger().all().empty());
}

TEST_CASE("a timestamp five minutes off is refused, either way", "[sandbox]") {
  Bench bench;
  const std::int64_t now_s = bench.clock.now().ms / 1000;
  const auto with = [&](std::int64_t offset_s) {
    return sign_issue(bench, [&](Draft& d) { d.timestamp = std::to_string(now_s + offset_s); });
  };
  CHECK(with(-300) == "timestamp");
  CHECK(with(300) == "timestamp");
  CHECK(with(-299) == "200");
  CHECK(with(299) == "200");
  CHECK(sign_issue(bench, [](Draft& d) { d.timestamp = "1e9"; }) == "timestamp");
}

TEST_CASE("a nonce is taken once per merchant, and remembered while its timestamp could be fresh",
          "[sandbox]") {
  Bench bench;
  const auto again = [&](const std::string& number) {
    Draft draft =
        bench.draft(net::Method::post, "/v3/pay/transactions/native", Order(number).body());
    draft.nonce = "thesame";
    return bench.send(draft);
  };
  CHECK(again("T10000001").status == 200);
  const auto refused = again("T10000002");
  CHECK(refused.status == 401);
  CHECK(at(parsed(refused.body), "/detail/field") == "nonce_str");
  bench.clock.advance_ms(NonceMemory::kept_ms + 1000);
  CHECK(again("T10000003").status == 200);
}

TEST_CASE("the nonces of one merchant are bounded in number", "[sandbox]") {
  NonceMemory memory;
  const TimeMs now{1'000'000};
  for (std::size_t i = 0; i <= NonceMemory::max_nonces; ++i)
    REQUIRE(memory.use(std::to_string(i), now));
  CHECK(memory.use("0", now));  // the oldest has been forgotten
  CHECK_FALSE(memory.use(std::to_string(NonceMemory::max_nonces), now));
}

TEST_CASE("the headers that WeChat Pay asks for are asked for", "[sandbox]") {
  Bench bench;
  CHECK(header_refusal(bench, "User-Agent", "") == "400 User-Agent");
  CHECK(header_refusal(bench, "Accept", "text/html") == "400 Accept");
  CHECK(header_refusal(bench, "Accept", "text/html, application/json;q=0.9") == "accepted");
  CHECK(header_refusal(bench, "Content-Type", "text/plain") == "400 Content-Type");
  CHECK(header_refusal(bench, "Content-Type", "application/json; charset=utf-8") == "accepted");
  CHECK(header_refusal(bench, "Wechatpay-Serial", "PUB_KEY_ID_1") == "400 Wechatpay-Serial");
}

TEST_CASE("each required field is missed by name", "[sandbox]") {
  Bench bench;
  for (const char* name :
       {"appid", "mchid", "description", "out_trade_no", "notify_url", "amount"}) {
    const auto response = bench.send(bench.draft(net::Method::post, "/v3/pay/transactions/native",
                                                 Order("T10000001").drop(name).body()));
    CHECK(Bench::code(response) == "PARAM_ERROR");
    CHECK(at(parsed(response.body), "/detail/field") == std::string("/") + name);
    CHECK(at(parsed(response.body), "/detail/location") == "body");
  }
  CHECK(refusal(bench, Order("T10000001"), "jsapi") == param("/payer"));
  CHECK(refusal(bench, Order("T10000001").set("payer", "{}"), "jsapi") == param("/payer/openid"));
  CHECK(refusal(bench, Order("T10000001"), "h5") == param("/scene_info"));
  CHECK(refusal(bench, Order("T10000001").set("scene_info", R"({"payer_client_ip":"10.0.0.1"})"),
                "h5") == param("/scene_info/h5_info"));
}

TEST_CASE("unknown fields are refused wherever they stand", "[sandbox]") {
  Bench bench;
  CHECK(refusal(bench, Order("T10000001").set("extra", "1")) == param("/extra"));
  CHECK(refusal(bench, Order("T10000001").set("payer", R"({"openid":"o"})")) == param("/payer"));
  CHECK(refusal(bench, Order("T10000001").set("amount", R"({"total":1,"tip":1})")) ==
        param("/amount/tip"));
}

TEST_CASE("lengths and characters are held to", "[sandbox]") {
  Bench bench;
  const auto text = [](std::size_t count) { return "\"" + std::string(count, 'x') + "\""; };
  CHECK(refusal(bench, Order("T10000001").set("description", text(128))) == param("/description"));
  CHECK(refusal(bench, Order("T10000001").set("attach", text(129))) == param("/attach"));
  CHECK(refusal(bench, Order("T10000001").set("goods_tag", text(33))) == param("/goods_tag"));
  CHECK(refusal(bench, Order("12345")) == param("/out_trade_no"));
  CHECK(refusal(bench, Order(std::string(33, '1'))) == param("/out_trade_no"));
  CHECK(refusal(bench, Order("T1000 001")) == param("/out_trade_no"));
  CHECK(refusal(bench, Order("T1000@001")) == param("/out_trade_no"));
  CHECK(refusal(bench, Order("T1_-|*a")) == "accepted");
  CHECK(refusal(bench, Order("T10000001").set("description", "\"\xF0\x9F\x98\x80\"")) == param(""));
}

TEST_CASE("an amount is a whole number of fen, at least one, in CNY", "[sandbox]") {
  Bench bench;
  const auto with = [&](const char* amount) {
    return refusal(bench, Order("T10000001").set("amount", amount));
  };
  CHECK(with(R"({"total":0})") == param("/amount/total"));
  CHECK(with(R"({"total":-1})") == param("/amount/total"));
  CHECK(with(R"({"total":1.5})") == param("/amount/total"));
  CHECK(with(R"({"total":"1"})") == param("/amount/total"));
  CHECK(with(R"({"total":1,"currency":"USD"})") == param("/amount/currency"));
  CHECK(with(R"({"total":1})") == "accepted");
}

TEST_CASE("a notify_url is https, or http to this machine, and has no query", "[sandbox]") {
  CHECK(notify_url_problem("https://pay.example.com/n/wx").empty());
  CHECK(notify_url_problem("http://127.0.0.1:8080/n").empty());
  CHECK(notify_url_problem("http://localhost:8080/n").empty());
  CHECK(notify_url_problem("http://[::1]:8080/n").empty());
  CHECK_FALSE(notify_url_problem("http://pay.example.com/n").empty());
  CHECK_FALSE(notify_url_problem("http://127.example.com@evil.example/n").empty());
  CHECK_FALSE(notify_url_problem("https://pay.example.com/n?a=1").empty());
  CHECK_FALSE(notify_url_problem("ftp://pay.example.com/n").empty());
  CHECK_FALSE(notify_url_problem("https:///n").empty());
  Bench bench;
  CHECK(refusal(bench, Order("T10000001").set("notify_url", "\"http://example.com/n\"")) ==
        param("/notify_url"));
}

TEST_CASE("time_expire is RFC 3339 with an offset and not in the past", "[sandbox]") {
  Bench bench;
  const auto with = [&](const std::string& time) {
    return refusal(bench, Order("T10000001").set("time_expire", "\"" + time + "\""));
  };
  CHECK(with("2026-01-01 12:00:00") == param("/time_expire"));
  CHECK(with("2099-01-01T12:00:00") == param("/time_expire"));
  CHECK(with("2020-01-01T12:00:00+08:00") == param("/time_expire"));
  CHECK(with("2099-01-01T12:00:00+08:00") == "accepted");
}

TEST_CASE("appid and mchid must be the caller's own", "[sandbox]") {
  Bench bench;
  CHECK(refusal(bench, Order("T10000001").set("appid", "\"wx0000000000000000\"")) ==
        "400 APPID_MCHID_NOT_MATCH ");
  CHECK(refusal(bench, Order("T10000001", main_mch, cert_app)) == "400 APPID_MCHID_NOT_MATCH ");
  const auto foreign = bench.send(bench.draft(net::Method::post, "/v3/pay/transactions/native",
                                              Order("T10000001", cert_mch, cert_app).body()));
  CHECK(Bench::code(foreign) == "NO_AUTH");
}

TEST_CASE("a body that is no JSON, or no object, or holds a key twice, is refused", "[sandbox]") {
  Bench bench;
  for (const char* body : {"{", "[]", "null", R"({"appid":"a","appid":"a"})", "{\"a\":\"\xff\"}"}) {
    const auto response =
        bench.send(bench.draft(net::Method::post, "/v3/pay/transactions/native", body));
    CHECK(response.status == 400);
    CHECK(Bench::code(response) == "PARAM_ERROR");
  }
}

TEST_CASE("a query names its merchant and nothing else, and sees no foreign trade", "[sandbox]") {
  Bench bench;
  REQUIRE(bench.place(Order("T10000001")).status == 200);
  const std::string path = "/v3/pay/transactions/out-trade-no/T10000001";
  const auto get = [&](const std::string& target) {
    return Bench::code(bench.send(bench.draft(net::Method::get, target)));
  };
  CHECK(get(path) == "PARAM_ERROR");
  CHECK(get(path + "?mchid=1900000001&x=1") == "PARAM_ERROR");
  CHECK(get(path + "?mchid=1900000002") == "NO_AUTH");
  CHECK(get(path + "?mchid=1900000001") == "");
  CHECK(Bench::code(bench.query("T10000001", cert_mch)) == "ORDER_NOT_EXIST");
  CHECK(bench.query("T99999999").status == 404);
}

TEST_CASE("a path that WeChat Pay does not have is refused in its manner", "[sandbox]") {
  Bench bench;
  CHECK(Bench::code(bench.send(bench.draft(net::Method::get, "/v3/nothing"))) ==
        "RESOURCE_NOT_EXISTS");
  CHECK(bench.send(bench.draft(net::Method::get, "/v3/pay/transactions/native")).status == 405);
}
