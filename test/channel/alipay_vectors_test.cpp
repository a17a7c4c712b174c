// The published vectors of Alipay (test/data/vectors/alipay.json, sources named there).
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "alipay/answer.hpp"
#include "alipay/notice.hpp"
#include "alipay/signing.hpp"
#include "alipay/trade.hpp"
#include "alipay/trust.hpp"
#include "alipay_peer.hpp"
#include "common/json.hpp"

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
    auto parsed = JsonDocument::parse(file("alipay.json"));
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

JsonValue vector(std::string_view group, std::string_view id) {
  const JsonValue list = vectors().root()[group];
  for (std::size_t i = 0; i < list.size(); ++i)
    if (list.at(i)["id"].text_or_empty() == id) return list.at(i);
  throw std::runtime_error("no such vector");
}

Fields params(JsonValue vector) {
  Fields fields;
  for (const auto& name : vector["params"].names()) fields[name] = text(vector["params"], name);
  return fields;
}

alipay::Trust trust(JsonValue vector) {
  return alipay::Trust(common::PublicKey::from_text(file(text(vector, "key"))).value());
}

alipay::Opened opened(JsonValue vector, const Fields& fields) {
  sdk::CallbackInput input;
  input.body = AlipayPeer::encoded(fields);
  return alipay::Opened::open(input, trust(vector), 0);
}

}  // namespace

TEST_CASE("the published notice of a trade is genuine, and tells what was paid",
          "[channel][alipay]") {
  const JsonValue v = vector("notify_published", "ali-notify-trade");
  const auto notice = opened(v, params(v)).notice;
  REQUIRE(notice);
  common::Form covered;
  for (const auto& [name, value] : params(v))
    if (name != "sign_type") covered.emplace(name, value);
  CHECK(alipay::signed_text(covered) == text(v, "signed_string"));
  const sdk::Outcome outcome =
      alipay::read_trade([&](std::string_view name) { return notice->text(name); });
  CHECK(outcome.verdict == sdk::Verdict::succeeded);
  CHECK(outcome.pay_no == "20190815155618536-564-57");
  CHECK(outcome.channel_trade_no == "2019081522001468450512505578");
  CHECK(outcome.amount == 10);
  CHECK(outcome.currency == "CNY");
  CHECK(outcome.time_ms == 1'565'855'784'000);
}

TEST_CASE("the published notice verifies with nothing in it altered, added or left out (P8)",
          "[channel][alipay]") {
  const JsonValue v = vector("notify_published", "ali-notify-trade");
  const Fields genuine = params(v);
  for (const auto& [name, value] : genuine) {
    CAPTURE(name);
    Fields altered = genuine;
    altered[name] += "1";
    CHECK_FALSE(opened(v, altered).notice);
    altered.erase(name);
    CHECK_FALSE(opened(v, altered).notice);
  }
  Fields more = genuine;
  more["x"] = "1";
  CHECK(opened(v, more).refusal == sdk::Refusal::signature_mismatch);
}

TEST_CASE("the published forgery and the message signed by the other rule are refused (P8)",
          "[channel][alipay]") {
  const JsonValue bad = vector("notify_published", "ali-notify-trade-bad");
  CHECK(opened(bad, params(bad)).refusal == sdk::Refusal::signature_mismatch);
  // A service market message is signed with sign_type among the fields: no trade notice is.
  const JsonValue market = vector("notify_published", "ali-notify-servicemarket");
  const Fields fields = params(market);
  CHECK(opened(market, fields).refusal == sdk::Refusal::signature_mismatch);
  const std::string covered = alipay::signed_text(common::Form(fields.begin(), fields.end()));
  CHECK(trust(market).genuine(covered, fields.at("sign"), 0));
}

TEST_CASE("the published answer's node is found byte by byte and verifies", "[channel][alipay]") {
  const JsonValue v = vector("response_published", "ali-resp-upload");
  const std::string raw = text(v, "raw");
  const auto answer = alipay::AnswerText::read(raw, "alipay.open.file.upload");
  REQUIRE(answer);
  CHECK(answer->node == text(v, "signed_substring"));
  CHECK(answer->sign == text(v, "signature"));
  CHECK(answer->cert_sn.empty());
  CHECK(trust(v).check(answer->node, answer->sign, "", 0) == alipay::Check::genuine);
  CHECK(trust(v).check(std::string(answer->node) + " ", answer->sign, "", 0) ==
        alipay::Check::mismatch);
}

TEST_CASE("the published answer about a trade verifies and is read", "[channel][alipay]") {
  const JsonValue v = vector("response_published", "ali-resp-trade");
  const std::string node = text(v, "signed_substring");
  CHECK(trust(v).check(node, text(v, "signature"), "", 0) == alipay::Check::genuine);
  const std::string body =
      "{\"alipay_trade_pay_response\":" + node + ",\"sign\":\"" + text(v, "signature") + "\"}";
  const auto found = alipay::AnswerText::read(body, "alipay.trade.pay");
  REQUIRE(found);
  CHECK(found->node == node);
  const auto answer = alipay::Answer::read(found->node);
  REQUIRE(answer);
  CHECK(answer->ok());
  CHECK(answer->text("total_amount") == "0.01");
}

TEST_CASE("certificates are named as published", "[channel][alipay]") {
  const auto read = [](JsonValue v) {
    return common::CertificateFile::from_pem(file(text(v, "file"))).value();
  };
  for (const auto* id : {"ali-app-cert-sn", "ali-public-cert-sn"}) {
    const JsonValue v = vector("cert_sn_published", id);
    CHECK(read(v).issuer(0) == text(v, "issuer"));
    CHECK(read(v).serial_decimal(0) == text(v, "serial_decimal"));
    CHECK(alipay::certificate_sn(read(v), 0) == text(v, "sn"));
  }
  const JsonValue roots = vector("cert_sn_published", "ali-root-cert-sn");
  REQUIRE(read(roots).size() == 4);  // two of them by SM2 and ECDSA
  CHECK(alipay::root_certificate_sn(read(roots)) == text(roots, "sn"));
}

TEST_CASE("a request signs the derived vector's text", "[channel][alipay]") {
  const JsonValue v = vector("derived", "ali-derived-request");
  const Fields fields = params(v);
  common::Form form(fields.begin(), fields.end());
  form["empty"] = "";
  form["sign"] = "not part of it";
  CHECK(alipay::signed_text(form) == text(v, "sign_string"));
  CHECK(trust(v).check(alipay::signed_text(form), text(v, "signature"), "", 0) ==
        alipay::Check::genuine);
}

}  // namespace tollgate::test
