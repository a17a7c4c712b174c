// What the simulator signs and seals, opened with OpenSSL alone.
#include <catch2/catch.hpp>
#include <set>

#include "bench.hpp"
#include "sandbox/wechat_message.hpp"

using namespace tollgate;
using namespace tollgate::sandbox;
using namespace tollgate::sandbox::test;

namespace {

/// A paid trade's notice as an HTTP answer, so that the same check reads it.
net::Response notice_of(Bench& bench, const std::string& number, Forgery forgery = Forgery::none) {
  const auto trade = bench.simulator.ledger().find_number(number);
  NoticeMessage message =
      wechat_notice({*trade, trade->told.back(), {forgery, std::nullopt}},
                    bench.simulator.wechat_keys(), bench.clock.now(), bench.random);
  net::Response out;
  out.headers = message.headers;
  out.body = message.body;
  return out;
}

std::string content_of(Bench& bench, const net::Response& notice,
                       const std::string& key_name = "api_v3_key") {
  const auto body = parsed(notice.body);
  CHECK(at(body, "/event_type") == "TRANSACTION.SUCCESS");
  CHECK(at(body, "/resource_type") == "encrypt-resource");
  CHECK(at(body, "/resource/algorithm") == "AEAD_AES_256_GCM");
  CHECK(at(body, "/resource/original_type") == "transaction");
  return open_gcm(bench.key_text(key_name), at(body, "/resource/nonce"),
                  at(body, "/resource/associated_data"), at(body, "/resource/ciphertext"));
}

void paid(Bench& bench, const std::string& number) {
  const bool main = number != "T20000001";
  REQUIRE(bench.place(main ? Order(number) : Order(number, cert_mch, cert_app)).status == 200);
  bench.control_json("/pay", R"({"out_trade_no":")" + number + R"(","silent":true})");
}

}  // namespace

TEST_CASE("every 2xx answer is signed with the key that the request named, a 204 too",
          "[sandbox]") {
  Bench bench;
  const auto placed = bench.place(Order("T10000001"));
  CHECK(placed.headers.find("Wechatpay-Serial") == bench.key_text("platform_public_key_id"));
  CHECK(placed.headers.find("Wechatpay-Signature-Type") == "WECHATPAY2-SHA256-RSA2048");
  CHECK(bench.is_signed(placed));
  CHECK(bench.is_signed(bench.query("T10000001")));
  const auto closed = bench.close("T10000001");
  CHECK(closed.body.empty());
  CHECK(bench.is_signed(closed));

  const auto by_certificate = bench.place(Order("T20000001", cert_mch, cert_app));
  CHECK_FALSE(by_certificate.headers.find("Wechatpay-Serial")->starts_with("PUB_KEY_ID_"));
  CHECK(bench.is_signed(by_certificate));
  const auto refused = bench.query("T99999999");
  CHECK_FALSE(refused.headers.find("Wechatpay-Signature"));
}

TEST_CASE(
    "the platform's certificates open with the APIv3 key and bear the serial they are listed under",
    "[sandbox]") {
  Bench bench;
  const auto response = bench.send(bench.draft(net::Method::get, "/v3/certificates", "", cert_mch));
  REQUIRE(response.status == 200);
  CHECK(bench.is_signed(response));
  const auto body = parsed(response.body);
  REQUIRE(body["data"].Size() >= 1);
  for (const auto& entry : body["data"].GetArray()) {
    const std::string pem =
        open_gcm(bench.key_text("merchant2_api_v3_key"), at(entry, "/encrypt_certificate/nonce"),
                 at(entry, "/encrypt_certificate/associated_data"),
                 at(entry, "/encrypt_certificate/ciphertext"));
    CHECK(certificate_serial(pem) == at(entry, "/serial_no"));
    CHECK(at(entry, "/serial_no").size() == 40);
    CHECK(at(entry, "/expire_time").ends_with("+08:00"));
  }
}

TEST_CASE("after a rotation the new certificate signs and the old one stays listed", "[sandbox]") {
  Bench bench;
  const auto list = [&] {
    const auto response =
        bench.send(bench.draft(net::Method::get, "/v3/certificates", "", cert_mch));
    std::set<std::string> serials;
    const auto body = parsed(response.body);
    for (const auto& entry : body["data"].GetArray()) serials.insert(at(entry, "/serial_no"));
    return serials;
  };
  const auto serial = [&] {
    const auto placed = bench.place(Order("T20000009", cert_mch, cert_app));
    return std::string(placed.headers.find("Wechatpay-Serial").value_or(""));
  };
  const auto before = list();
  const std::string old = serial();
  bench.control_json("/rotate", R"({"mch_id":"1900000002"})");
  const auto after = list();
  CHECK(after.size() == before.size() + 1);
  CHECK(after.contains(old));
  CHECK(serial() != old);
  CHECK(bench.is_signed(bench.place(Order("T20000009", cert_mch, cert_app))));
}

TEST_CASE("a notice is signed, opens with the merchant's key, and tells the trade", "[sandbox]") {
  Bench bench;
  paid(bench, "T10000001");
  const auto notice = notice_of(bench, "T10000001");
  CHECK(bench.is_signed(notice));
  CHECK(notice.headers.find("Wechatpay-Serial")->starts_with("PUB_KEY_ID_"));
  const auto content = parsed(content_of(bench, notice));
  CHECK(at(content, "/appid") == main_app);
  CHECK(at(content, "/mchid") == main_mch);
  CHECK(at(content, "/out_trade_no") == "T10000001");
  CHECK(at(content, "/trade_state") == "SUCCESS");
  CHECK(at(content, "/amount/total") == "9900");
  CHECK(at(content, "/amount/currency") == "CNY");
  CHECK(at(content, "/transaction_id").size() == 28);
  const auto query = bench.query("T10000001");
  CHECK(query.body == content_of(bench, notice));
  const auto by_id = bench.send(bench.draft(
      net::Method::get,
      "/v3/pay/transactions/id/" + at(content, "/transaction_id") + "?mchid=" + main_mch));
  CHECK(by_id.body == query.body);
}

TEST_CASE("a certificate merchant's notices are signed with the certificate, until it is switched",
          "[sandbox]") {
  Bench bench;
  paid(bench, "T20000001");
  const auto notice = notice_of(bench, "T20000001");
  CHECK_FALSE(notice.headers.find("Wechatpay-Serial")->starts_with("PUB_KEY_ID_"));
  CHECK(bench.is_signed(notice));
  CHECK(at(parsed(content_of(bench, notice, "merchant2_api_v3_key")), "/mchid") == cert_mch);
  bench.control_json("/rotate", R"({"mch_id":"1900000002","mode":"public_key"})");
  const auto switched = notice_of(bench, "T20000001");
  CHECK(switched.headers.find("Wechatpay-Serial")->starts_with("PUB_KEY_ID_"));
  CHECK(bench.is_signed(switched));
}

TEST_CASE("a forged notice fails exactly the check that it is named after", "[sandbox]") {
  Bench bench;
  paid(bench, "T10000001");
  for (const auto forgery : {Forgery::signature, Forgery::body, Forgery::key})
    CHECK_FALSE(bench.is_signed(notice_of(bench, "T10000001", forgery)));
  const auto changed = notice_of(bench, "T10000001", Forgery::body);
  CHECK(at(parsed(content_of(bench, changed)), "/trade_state") == "SUCCESS");
  const auto stale = notice_of(bench, "T10000001", Forgery::timestamp);
  CHECK(bench.is_signed(stale));
  CHECK(stale.headers.find("Wechatpay-Timestamp") ==
        std::to_string(bench.clock.now().ms / 1000 - 600));
  const auto unknown = notice_of(bench, "T10000001", Forgery::serial);
  CHECK(unknown.headers.find("Wechatpay-Serial") != bench.key_text("platform_public_key_id"));
  const auto probe = notice_of(bench, "T10000001", Forgery::probe);
  CHECK(probe.headers.find("Wechatpay-Signature")->starts_with("WECHATPAY/SIGNTEST/"));

  const auto lie = [&](Forgery forgery, const char* pointer) {
    const auto notice = notice_of(bench, "T10000001", forgery);
    CHECK(bench.is_signed(notice));
    return at(parsed(content_of(bench, notice)), pointer);
  };
  CHECK(lie(Forgery::foreign_app, "/appid") != main_app);
  CHECK(lie(Forgery::foreign_mch, "/mchid") != main_mch);
  CHECK(lie(Forgery::amount, "/amount/total") == "9901");
}

TEST_CASE("a moved clock shows in the stamps, and does not refuse requests", "[sandbox]") {
  Bench bench;
  bench.control_json("/shift_clock", R"({"ms":-600000})");
  const auto placed = bench.place(Order("T10000001"));
  REQUIRE(placed.status == 200);
  CHECK(placed.headers.find("Wechatpay-Timestamp") ==
        std::to_string(bench.clock.now().ms / 1000 - 600));
  CHECK(bench.is_signed(placed));
}

TEST_CASE("faults of answers: status, frequency, unsigned, bad signature, garbage, amount",
          "[sandbox]") {
  Bench bench;
  paid(bench, "T10000001");
  const auto with = [&](const std::string& fault) {
    bench.control_json("/faults", R"({"target":"query",)" + fault + "}");
    return bench.query("T10000001");
  };
  CHECK(with(R"("kind":"status","status":503)").status == 503);
  CHECK(Bench::code(with(R"("kind":"frequency")")) == "FREQUENCY_LIMITED");
  const auto bare = with(R"("kind":"unsigned")");
  CHECK(bare.status == 200);
  CHECK_FALSE(bare.headers.find("Wechatpay-Signature"));
  const auto bad = with(R"("kind":"bad_signature")");
  CHECK(bad.headers.find("Wechatpay-Signature"));
  CHECK_FALSE(bench.is_signed(bad));
  const auto garbage = with(R"("kind":"garbage")");
  CHECK(bench.is_signed(garbage));
  CHECK(rapidjson::Document().Parse(garbage.body).HasParseError());
  const auto amount = with(R"("kind":"amount","amount":1)");
  CHECK(bench.is_signed(amount));
  CHECK(at(parsed(amount.body), "/amount/total") == "1");
  CHECK(bench.query("T10000001").status == 200);
}
