// The published vectors of WeChat Pay (test/data/vectors/wechat.json, sources named there).
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "common/crypto.hpp"
#include "common/encoding.hpp"
#include "common/json.hpp"
#include "common/time.hpp"
#include "crypto.hpp"
#include "wechat/resource.hpp"
#include "wechat/signing.hpp"
#include "wechat/trade.hpp"
#include "wechat/trust.hpp"

namespace tollgate::test {
namespace {

using common::JsonDocument;
using common::JsonValue;

std::string file(const std::string& name) {
  std::ifstream in(TOLLGATE_TEST_DATA_DIR "/vectors/" + name, std::ios::binary);
  if (!in) throw std::runtime_error("no test data " + name);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

const JsonDocument& vectors() {
  static const JsonDocument document = [] {
    auto parsed = JsonDocument::parse(file("wechat.json"));
    if (!parsed) throw std::runtime_error("vectors are no JSON");
    return *std::move(parsed);
  }();
  return document;
}

std::string text(JsonValue vector, std::string_view name) {
  const auto value = vector[name].text();
  if (!value) throw std::runtime_error("vector lacks " + std::string(name));
  return std::string(*value);
}

/// Calls `each` for every vector of a group; a group without vectors fails.
template <class Each>
void for_group(std::string_view group, Each each) {
  const JsonValue list = vectors().root()[group];
  REQUIRE(list.size() > 0);
  for (std::size_t i = 0; i < list.size(); ++i) {
    CAPTURE(text(list.at(i), "id"));
    each(list.at(i));
  }
}

JsonValue derived(std::string_view id) {
  const JsonValue list = vectors().root()["derived"];
  for (std::size_t i = 0; i < list.size(); ++i)
    if (list.at(i)["id"].text_or_empty() == id) return list.at(i);
  throw std::runtime_error("no such vector");
}

bool holds(const std::string& key_pem, std::string_view message, std::string_view signature) {
  const auto raw = common::base64_decode(signature);
  REQUIRE(raw);
  if (key_pem.find("CERTIFICATE") != std::string::npos)
    return common::Certificate::from_pem(key_pem).value().key().verify_sha256(message, *raw);
  return common::PublicKey::from_pem(key_pem).value().verify_sha256(message, *raw);
}

wechat::Stamp stamp(JsonValue vector) {
  return {common::parse_digits(text(vector, "timestamp")).value(), text(vector, "nonce")};
}

}  // namespace

TEST_CASE("what a request signs is what the published signatures verify over",
          "[channel][wechat]") {
  for_group("request_sign_published", [](JsonValue v) {
    const std::string message =
        wechat::request_message(text(v, "method"), text(v, "url"), stamp(v), text(v, "body"));
    CHECK(message == text(v, "message"));
    CHECK(holds(file(text(v, "key")), message, text(v, "signature")));
    CHECK_FALSE(holds(file(text(v, "key")), message + "\n", text(v, "signature")));
  });
}

TEST_CASE("the published answer verifies by the public key and by its fixed clock alone",
          "[channel][wechat]") {
  for_group("response_verify_published", [](JsonValue v) {
    const std::string key = file(text(v, "key"));
    CHECK(wechat::answer_message(text(v, "timestamp"), text(v, "nonce"), text(v, "body")) ==
          text(v, "message"));
    const wechat::Trust trust(
        std::string(32, 'k'),
        wechat::Trust::PlatformKey{"PUB_KEY_ID_1", common::PublicKey::from_pem(key).value()});
    const std::string timestamp = text(v, "timestamp"), nonce = text(v, "nonce"),
                      signature = text(v, "signature"), body = text(v, "body");
    const wechat::SignedText answer{"PUB_KEY_ID_1", timestamp, nonce, signature, "", body};
    const std::int64_t at_ms = stamp(v).timestamp_s * 1000;
    CHECK(trust.check(answer, at_ms) == wechat::Check::genuine);
    CHECK(trust.check(answer, at_ms + 299'999) == wechat::Check::genuine);
    CHECK(trust.check(answer, at_ms - 299'999) == wechat::Check::genuine);
    CHECK(trust.check(answer, at_ms + 300'000) == wechat::Check::stale);
    CHECK(trust.check(answer, at_ms - 300'000) == wechat::Check::stale);
  });
}

TEST_CASE("the published notice verifies by its platform certificate", "[channel][wechat]") {
  for_group("notify_published", [](JsonValue v) {
    const std::string pem = file(text(v, "platform_cert"));
    const auto certificate = common::Certificate::from_pem(pem).value();
    CHECK(certificate.serial() == text(v, "serial"));
    const std::string message =
        wechat::answer_message(text(v, "timestamp"), text(v, "nonce"), text(v, "body"));
    CHECK(holds(pem, message, text(v, "signature")));

    const auto notice = JsonDocument::parse(text(v, "body"));
    REQUIRE(notice);
    const JsonValue resource = notice->root()["resource"];
    // Its key has 16 bytes: good enough for the primitive, refused as an APIv3 key.
    const auto plain = common::aes_gcm_open(
        text(v, "apiv3_key"), text(resource, "nonce"), text(resource, "associated_data"),
        common::base64_decode(text(resource, "ciphertext")).value());
    CHECK(plain == text(v, "plaintext"));
    CHECK_FALSE(wechat::open_resource(resource, text(v, "apiv3_key")).plain);
  });
}

TEST_CASE("published ciphertexts open, and not when a byte differs", "[channel][wechat]") {
  for_group("aead_published", [](JsonValue v) {
    const std::string sealed = common::base64_decode(text(v, "ciphertext_b64")).value();
    const auto open = [&](std::string key, std::string nonce, std::string data, std::string bytes) {
      return common::aes_gcm_open(key, nonce, data, bytes);
    };
    const std::string key = text(v, "key"), nonce = text(v, "nonce"),
                      data = text(v, "associated_data");
    CHECK(open(key, nonce, data, sealed) == text(v, "plaintext"));
    CHECK_FALSE(open(key, nonce, data + "x", sealed));
    CHECK_FALSE(open(key, nonce.substr(1), data, sealed));
    CHECK_FALSE(open(key.substr(1), nonce, data, sealed));
    CHECK_FALSE(open(key, nonce, data, sealed.substr(1)));
    CHECK_FALSE(open(key, nonce, data, ""));
    for (std::size_t at = 0; at < sealed.size(); ++at) {
      std::string altered = sealed;
      altered[at] ^= 1;
      CHECK_FALSE(open(key, nonce, data, altered));
    }
  });
}

TEST_CASE("published RSA signatures verify by key and by certificate", "[channel][wechat]") {
  for_group("rsa_sha256_published", [](JsonValue v) {
    CHECK(holds(file(text(v, "key")), text(v, "message"), text(v, "signature")));
    CHECK_FALSE(holds(file(text(v, "key")), text(v, "message") + "x", text(v, "signature")));
    if (!v["cert"]) return;
    CHECK(holds(file(text(v, "cert")), text(v, "message"), text(v, "signature")));
    CHECK(common::Certificate::from_pem(file(text(v, "cert"))).value().serial() ==
          text(v, "cert_serial"));
  });
}

TEST_CASE("the published certificate download opens at its time and at no other",
          "[channel][wechat]") {
  rapidjson::Document raw;
  const std::string all = file("wechat.json");
  raw.Parse(all.c_str());
  rapidjson::Value& v = raw["certificates_download_published"][0];
  const std::string key = v["apiv3_key"].GetString();
  const auto body = [&] {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    v["response"].Accept(writer);
    return std::string(buffer.GetString());
  };
  const auto at = [](std::string_view time) { return common::parse_rfc3339(time).value(); };

  const std::int64_t then = at("2024-01-01T00:00:00+08:00");
  const auto certificates = wechat::read_certificates(body(), key, then);
  REQUIRE(certificates);
  REQUIRE(certificates->size() == 1);
  const auto& [serial, certificate] = *certificates->begin();
  CHECK(serial == v["cert_serial"].GetString());
  CHECK(certificate.not_before_ms() == at(v["response"]["data"][0]["effective_time"].GetString()));
  CHECK(certificate.not_after_ms() == at(v["response"]["data"][0]["expire_time"].GetString()));
  CHECK(common::Certificate::from_pem(v["plain_cert_pem"].GetString()).value().serial() == serial);

  CHECK(wechat::read_certificates(body(), key, at("2023-09-19T23:15:57+08:00"))->empty());
  CHECK(wechat::read_certificates(body(), key, at("2028-09-17T23:15:59+08:00"))->empty());
  CHECK_FALSE(wechat::read_certificates(body(), std::string(32, 'x'), then));
  v["response"]["data"][0]["serial_no"] = "5DEA10EF55877E3CF6C33255C2E7DEFFF7E427ED";
  CHECK_FALSE(wechat::read_certificates(body(), key, then));
  for (const auto* odd : {"", "{}", "[]", R"({"data":[]})", R"({"data":[{}]})", R"({"data":[7]})"})
    CHECK_FALSE(wechat::read_certificates(odd, key, then));
}

TEST_CASE("what the buyer's client checks is signed as its vectors are", "[channel][wechat]") {
  const wechat::Stamp given{1554208460, "593BEC0C930BF1AFEB40B4A08C8FB242"};
  const JsonValue jsapi = derived("wx-derived-jsapi-paysign");
  const std::string bridge = wechat::jsapi_message(
      "wx2421b1c4370ec43b", given, "prepay_id=wx201410272009395522657a690389285100");
  CHECK(bridge == text(jsapi, "message"));
  CHECK(holds(file(text(jsapi, "key")), bridge, text(jsapi, "signature")));
  const JsonValue app = derived("wx-derived-app-paysign");
  const std::string sdk_text =
      wechat::app_message("wx2421b1c4370ec43b", given, "wx201410272009395522657a690389285100");
  CHECK(sdk_text == text(app, "message"));
  CHECK(holds(file(text(app, "key")), sdk_text, text(app, "signature")));
}

TEST_CASE("the derived payment resource opens and tells a paid trade", "[channel][wechat]") {
  const JsonValue v = derived("wx-derived-aead-256-payment");
  const std::string resource = R"({"algorithm":"AEAD_AES_256_GCM","nonce":")" + text(v, "nonce") +
                               R"(","associated_data":")" + text(v, "associated_data") +
                               R"(","ciphertext":")" + text(v, "ciphertext_b64") + R"("})";
  const auto document = JsonDocument::parse(resource);
  REQUIRE(document);
  const auto opened = wechat::open_resource(document->root(), text(v, "apiv3_key"));
  REQUIRE(opened.plain == text(v, "plaintext"));
  const auto trade = JsonDocument::parse(*opened.plain);
  REQUIRE(trade);
  const sdk::Outcome outcome = wechat::read_trade(trade->root());
  CHECK(outcome.verdict == sdk::Verdict::succeeded);
  CHECK(outcome.pay_no == "T202601010001");
  CHECK(outcome.channel_trade_no == "4200000000202601010000000001");
  CHECK(outcome.amount == 100);
  CHECK(outcome.currency == "CNY");
  CHECK(outcome.receiver == "1900000001/wx2421b1c4370ec43b");
  CHECK(outcome.time_ms == 1'767'240'000'000);
}

}  // namespace tollgate::test
