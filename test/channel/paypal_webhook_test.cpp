// PayPal: webhooks beyond what every channel's conformance covers, and the published vectors
// (test/data/vectors/paypal.json, sources named there).
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "common/ca_store.hpp"
#include "common/json.hpp"
#include "common/time.hpp"
#include "paypal/trust.hpp"
#include "paypal/webhook.hpp"
#include "paypal_peer.hpp"

namespace tollgate::test {
namespace {

using common::JsonValue;
using sdk::CallbackInput;
using sdk::CallbackVerdict;
using sdk::Reason;
using sdk::Refusal;
using sdk::Response;
using sdk::Verdict;

constexpr std::int64_t now_ms = PaypalPeer::now_ms;
const std::string cert_path = "/v1/notifications/certs/CERT-360caa42-fca2a594-b0d12406";
const std::string order_path = "/v2/checkout/orders/" + PaypalPeer::order_id;
const std::string question_path = "/v1/notifications/verify-webhook-signature";
const std::string live_name = "messageverificationcerts.paypal.com";

struct Gate {
  PaypalPeer peer;
  std::map<std::string, std::string> settings = PaypalPeer::settings();
  std::string gateway = "https://api-m.paypal.com";
  std::unique_ptr<Made> made;
  std::vector<sdk::Request> sent;

  CallbackVerdict judge(const CallbackInput& input, std::int64_t at_ms = now_ms) {
    if (!made)
      made = std::make_unique<Made>(plugin_of("paypal"), gateway, PaypalPeer::to_json(settings));
    Run run(*made, input, at_ms);
    sent.clear();
    while (run.sending()) {
      sent.push_back(run.request());
      REQUIRE(sent.size() <= 8);
      run.resume(peer.answer(run.request(), at_ms), at_ms);
    }
    return run.verdict();
  }
  CallbackVerdict judge() { return judge(peer.notice(now_ms)); }
  CallbackVerdict judge_event(std::string_view type, std::string_view resource) {
    return judge(PaypalPeer::signed_notice(PaypalPeer::event(type, resource), now_ms));
  }
  CallbackVerdict with(std::string_view name, std::string_view value) {
    CallbackInput notice = peer.notice(now_ms);
    notice.headers[std::string(name)] = value;
    return judge(notice);
  }
};

std::string file(const std::string& name) {
  std::ifstream in(TOLLGATE_TEST_DATA_DIR "/vectors/" + name, std::ios::binary);
  if (!in) throw std::runtime_error("no test data " + name);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

const common::JsonDocument& vectors() {
  static const common::JsonDocument document = [] {
    auto parsed = common::JsonDocument::parse(file("paypal.json"));
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

JsonValue published(std::string_view id) {
  const JsonValue list = vectors().root()["published"];
  for (std::size_t i = 0; i < list.size(); ++i)
    if (list.at(i)["id"].text_or_empty() == id) return list.at(i);
  throw std::runtime_error("no such vector");
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("the published signed strings are what is signed here", "[channel][paypal]") {
  for (const auto* id : {"pp-webhook-sandbox-2017", "pp-expected-string-2015"}) {
    const JsonValue v = published(id);
    const std::string sent_id = text(v, "transmission_id"), time = text(v, "transmission_time");
    const paypal::Transmission sent{sent_id, time, "", "", ""};
    CHECK(paypal::signed_text(sent, text(v, "webhook_id"), text(v, "body_raw")) ==
          text(v, "signed_string"));
  }
  const JsonValue checks = vectors().root()["crc32_check"];
  REQUIRE(checks.size() == 4);
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const JsonValue v = checks.at(i);
    const auto body = v["ascii"] ? text(v, "ascii") : text(v, "utf8");
    CHECK(paypal::signed_text({}, "", body) ==
          "|||" + std::to_string(v["crc32"].integer().value()));
  }
}

TEST_CASE("the published certificates have a chain at their time, and at no other",
          "[channel][paypal]") {
  const std::string_view known = paypal::known_certificates();
  const auto store = common::CaStore::from_pem({&known, 1});
  REQUIRE(store);
  struct Row {
    std::string id, name, other;
  };
  for (const auto& row : std::vector<Row>{
           {"pp-webhook-live-2025", live_name, "messageverificationcerts.sandbox.paypal.com"},
           {"pp-webhook-sandbox-2017", "messageverificationcerts.sandbox.paypal.com", live_name}}) {
    CAPTURE(row.id);
    const JsonValue v = published(row.id);
    const std::string pem = file(text(v, "leaf"));
    const std::int64_t then_ms = v["verify_at_unix"].integer().value() * 1000;
    const std::string_view name = row.name, other = row.other;
    const auto checked = store->check(pem, {&name, 1}, then_ms);
    REQUIRE(checked.chain == common::Chain::trusted);
    CHECK(verify(pem, text(v, "signed_string"), text(v, "signature")));
    CHECK(store->check(pem, {&name, 1}, 1'795'000'000'000).chain == common::Chain::not_valid_now);
    const std::int64_t before_ms = then_ms - 730LL * 24 * 3600 * 1000;
    CHECK(store->check(pem, {&name, 1}, before_ms).chain == common::Chain::not_valid_now);
    CHECK(store->check(pem, {&other, 1}, then_ms).chain == common::Chain::wrong_name);
  }
}

TEST_CASE("the published webhook of the sandbox is authentic as a whole, and no variant of it is",
          "[channel][paypal]") {
  const JsonValue v = published("pp-webhook-sandbox-2017");
  const std::int64_t then_ms = v["verify_at_unix"].integer().value() * 1000;
  const std::string url = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42";
  struct Try {
    std::string webhook_id, body, url;
    std::int64_t at_ms;
  };
  const Try genuine{text(v, "webhook_id"), text(v, "body_raw"), url, then_ms};
  const auto judge = [&](const Try& attempt) {
    auto settings = PaypalPeer::settings();
    settings["webhook_id"] = attempt.webhook_id;
    settings.erase("webhook_ca_file");
    const Made made(plugin_of("paypal"), "https://api-m.sandbox.paypal.com",
                    PaypalPeer::to_json(settings));
    CallbackInput input;
    input.method = "POST";
    input.headers = {{"paypal-transmission-id", text(v, "transmission_id")},
                     {"paypal-transmission-time", text(v, "transmission_time")},
                     {"paypal-transmission-sig", text(v, "signature")},
                     {"paypal-cert-url", attempt.url},
                     {"paypal-auth-algo", text(v, "auth_algo")}};
    input.body = attempt.body;
    Run run(made, input, attempt.at_ms);
    if (run.sending()) {
      CHECK(run.request().url == attempt.url);
      run.resume(PaypalPeer::json(200, file(text(v, "leaf"))), attempt.at_ms);
    }
    return run.verdict();
  };
  const CallbackVerdict good = judge(genuine);
  REQUIRE(good.authentic);
  CHECK_FALSE(good.applies);
  CHECK(good.event_id == "WH-2MW4820926242972J-6SG447389E205703U");
  CHECK(good.event_type == "BILLING.PLAN.CREATED");
  CHECK(good.ack.status == 200);
  CHECK(judge({"NotToBeFound", genuine.body, url, then_ms}).refusal == Refusal::signature_mismatch);
  CHECK(judge({genuine.webhook_id, "{ something invalid }", url, then_ms}).refusal ==
        Refusal::signature_mismatch);
  CHECK(judge({genuine.webhook_id, genuine.body, url, then_ms + 300'000}).refusal ==
        Refusal::stale);
  CHECK(judge({genuine.webhook_id, genuine.body, replaced(url, ".sandbox", ""), then_ms}).refusal ==
        Refusal::unknown_serial);
}

TEST_CASE("certificates are fetched from PayPal's own hosts and paths alone (P8)",
          "[channel][paypal]") {
  const JsonValue cases = vectors().root()["cert_url_cases"];
  REQUIRE(cases.size() == 9);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const bool sandbox = text(cases.at(i), "env") == "sandbox";
    const paypal::CertPolicy policy(
        sandbox ? "https://api-m.sandbox.paypal.com" : "https://api-m.paypal.com", "");
    CAPTURE(text(cases.at(i), "url"));
    CHECK(policy.allows(text(cases.at(i), "url")) == (text(cases.at(i), "expect") == "accept"));
  }
  const std::string end = "/v1/notifications/certs/CERT-1";
  for (const auto& odd :
       std::vector<std::string>{"http://api.paypal.com" + end,
                                "https://api.paypal.com@evil.example" + end,
                                "https://u:p@api.paypal.com" + end,
                                "https://evil.example/https://api.paypal.com" + end,
                                "https://api.paypal.com.evil.example" + end,
                                "https://notapi.paypal.com" + end,
                                "https://api.paypal.com:443" + end,
                                "https://API.PAYPAL.COM" + end,
                                "https://api.paypal.com." + end,
                                "https:/api.paypal.com" + end,
                                "//api.paypal.com" + end,
                                "https://api.paypal.com" + end + "/../../x",
                                "https://api.paypal.com" + end + "?a=b",
                                "https://api.paypal.com" + end + "#x",
                                "https://api.paypal.com" + end + "%2e",
                                "https://api.paypal.com" + end + "\r\nHost: x",
                                "https://api.paypal.com/v1/notifications/certs/",
                                "https://api.paypal.com//v1/x",
                                "https://api.paypal.com\\@evil.example" + end,
                                " https://api.paypal.com" + end,
                                "https://api.sandbox.paypal.com" + end,
                                "https://127.0.0.1:9090" + end,
                                "http://127.0.0.1:9090" + end,
                                "https://www.paypal.com" + end,
                                "x",
                                ""}) {
    CAPTURE(odd);
    Gate gate;
    CallbackInput notice = gate.peer.notice(now_ms);
    notice.headers["paypal-cert-url"] = odd;
    const CallbackVerdict verdict = gate.judge(notice);
    CHECK_FALSE(verdict.authentic);
    CHECK(gate.sent.empty());
    CHECK(verdict.nack.status == 401);
  }
}

TEST_CASE("a simulator's certificates are believed where its origin and its CA are configured",
          "[channel][paypal]") {
  Gate gate;
  gate.gateway = "https://api-m.paypal.test";
  const std::string url = "https://127.0.0.1:9090" + cert_path;
  CallbackInput notice =
      PaypalPeer::signed_notice(PaypalPeer::event("CUSTOMER.DISPUTE.CREATED", "{}"), now_ms);
  notice.headers["paypal-cert-url"] = url;
  CHECK(gate.judge(notice).refusal == Refusal::unknown_serial);
  gate.made = nullptr;
  gate.settings["webhook_cert_origin"] = "https://127.0.0.1:9090";
  gate.peer.instead[cert_path].push_back(PaypalPeer::json(200, gate.peer.certificate));
  CHECK(gate.judge(notice).authentic);
  CHECK(gate.sent.size() == 1);
}

TEST_CASE("a certificate that is not PayPal's proves nothing (P8)", "[channel][paypal]") {
  const auto& keys = PaypalKeys::get();
  const auto judged = [&](const std::string& certificate) {
    Gate gate;
    gate.peer.certificate = certificate;
    const CallbackVerdict verdict = gate.judge();
    CHECK_FALSE(verdict.authentic);
    return verdict.refusal;
  };
  const Life past{now_ms - 20 * PaypalKeys::day_ms, now_ms - 1'000};
  const Life future{now_ms + 1'000, now_ms + 20 * PaypalKeys::day_ms};
  const auto& ca = keys.intermediate;
  CHECK(judged(keys.certificate(ca, live_name, past)) == Refusal::unknown_serial);
  CHECK(judged(keys.certificate(ca, live_name, future)) == Refusal::unknown_serial);
  for (const std::string name :
       {"evil.example", "messageverificationcerts.sandbox.paypal.com", "paypal.com",
        "messageverificationcerts.paypal.com.evil.example", "*.paypal.com", ""})
    CHECK(judged(keys.certificate(ca, name.empty() ? "x" : name, PaypalKeys::year)) ==
          Refusal::unknown_serial);
  CHECK(judged(keys.certificate(ca, std::string("messageverificationcerts.paypal.com\0.evil", 40),
                                PaypalKeys::year)) == Refusal::unknown_serial);
  // A leaf that signs leaves.
  CHECK(judged(ca.issue(keys.other, {"", "", "", live_name}, 5, PaypalKeys::year)) ==
        Refusal::signature_mismatch);
  for (const auto& odd :
       std::vector<std::string>{"", "x", std::string(2'000'000, 'x'), keys.signing.public_pem(),
                                keys.leaf.substr(0, 400)})
    CHECK(judged(odd) == Refusal::unknown_serial);
}

TEST_CASE("a redirect, a refusal or silence in place of a certificate proves nothing",
          "[channel][paypal]") {
  struct Row {
    int status;
    Refusal refusal;
  };
  for (const Row& row : {Row{301, Refusal::unknown_serial}, Row{302, Refusal::unknown_serial},
                         Row{404, Refusal::unknown_serial}, Row{429, Refusal::unavailable},
                         Row{500, Refusal::unavailable}, Row{503, Refusal::unavailable}}) {
    Gate gate;
    gate.peer.instead[cert_path].push_back(PaypalPeer::json(row.status, gate.peer.certificate));
    const CallbackVerdict verdict = gate.judge();
    CHECK(verdict.refusal == row.refusal);
    CHECK(verdict.nack.status == (row.refusal == Refusal::unavailable ? 503 : 401));
    CHECK(gate.judge().authentic);  // the next one is judged anew
  }
  Gate gate;
  Response silence;
  silence.transport = sdk::Transport::maybe_sent;
  gate.peer.instead[cert_path].push_back(silence);
  CHECK(gate.judge().refusal == Refusal::unavailable);
}

TEST_CASE("a chain to a root that nobody knows is for PayPal's API to judge", "[channel][paypal]") {
  const auto& keys = PaypalKeys::get();
  Gate gate;
  gate.peer.certificate =
      keys.other_root.issue(keys.other, {"", "", "", live_name}, 6, PaypalKeys::year);
  CHECK(gate.judge().authentic);  // signed by PayPal's own key after all, says the API
  CHECK(gate.peer.asked[question_path] == 1);
  CHECK(gate.judge().authentic);
  CHECK(gate.peer.asked[cert_path] == 1);
  CHECK(gate.judge(gate.peer.forged_notice(now_ms)).refusal == Refusal::signature_mismatch);
  for (const auto& odd :
       {PaypalPeer::error(500, "INTERNAL_SERVER_ERROR", ""), PaypalPeer::json(200, "{}"),
        PaypalPeer::json(200, R"({"verification_status":"success"})"),
        PaypalPeer::json(202, R"({"verification_status":"SUCCESS"})")}) {
    gate.peer.instead[question_path].push_back(odd);
    CHECK(gate.judge().refusal == Refusal::unavailable);
  }
  // A body that is no single value would bring members of its own into the question.
  const CallbackInput smuggled = PaypalPeer::signed_notice(R"({},"webhook_id":"X","a":{})", now_ms);
  CHECK(gate.judge(smuggled).refusal == Refusal::malformed);
  CHECK(gate.sent.empty());
}

TEST_CASE("invented webhooks cannot make us hammer PayPal (P8, P10)", "[channel][paypal]") {
  Gate gate;
  int fetches = 0;
  for (int i = 0; i < 40; ++i) {
    CallbackInput invented = gate.peer.notice(now_ms);
    invented.headers["paypal-cert-url"] =
        "https://api.paypal.com/v1/notifications/certs/CERT-" + std::to_string(i);
    CHECK_FALSE(gate.judge(invented).authentic);
    fetches += static_cast<int>(gate.sent.size());
  }
  CHECK(fetches == 12);
  CHECK(gate.judge().refusal == Refusal::unavailable);
  CHECK(gate.judge(gate.peer.notice(now_ms + 60'000), now_ms + 60'000).authentic);
}

TEST_CASE("each check of a webhook refuses by its own reason, in order (P8)", "[channel][paypal]") {
  Gate gate;
  for (const auto& name : gate.peer.proof_headers())
    CHECK(gate.with(name, "").refusal == Refusal::missing_header);
  CHECK(gate.with("paypal-transmission-time", "soon").refusal == Refusal::malformed);
  CHECK(gate.with("paypal-transmission-time", "2026-01-01T03:55:00Z").refusal == Refusal::stale);
  CHECK(gate.with("paypal-transmission-time", "2026-01-01T04:05:00Z").refusal == Refusal::stale);
  for (const auto* other : {"SHA1withRSA", "sha256withrsa", "SHA256withECDSA", "none"})
    CHECK(gate.with("paypal-auth-algo", other).refusal == Refusal::signature_mismatch);
  CHECK(gate.with("paypal-transmission-id", "a|b").refusal == Refusal::signature_mismatch);
  CHECK(gate.with("paypal-transmission-sig", "AAAA").refusal == Refusal::signature_mismatch);
  CHECK(gate.sent.size() <= 1);
  // Of another account: its webhook id is another.
  gate.made = nullptr;
  gate.settings["webhook_id"] = "OTHER";
  CHECK(gate.judge().refusal == Refusal::signature_mismatch);
}

TEST_CASE("money is told from what the API says, not from the event (P2)", "[channel][paypal]") {
  Gate gate;
  const std::string capture = gate.peer.capture("COMPLETED");
  const std::string forged = replaced(capture, "12.34", "99999.00");
  gate.peer.capture_status = "PENDING";
  const CallbackVerdict held = gate.judge_event("PAYMENT.CAPTURE.COMPLETED", forged);
  CHECK(held.authentic);
  CHECK(held.outcome.verdict == Verdict::pending);
  gate.peer.capture_status = "COMPLETED";
  CHECK(gate.judge_event("PAYMENT.CAPTURE.COMPLETED", forged).outcome.amount == 1234);
  CHECK(gate.judge_event("PAYMENT.CAPTURE.DENIED", capture).outcome.verdict == Verdict::succeeded);
  gate.peer.value = "10.00";
  CHECK(gate.judge().outcome.amount == 1000);
  gate.peer.value = "12.34";
  gate.peer.payee = "SOMEBODYELSE1";
  CHECK(gate.judge().outcome.receiver == "SOMEBODYELSE1");
  gate.peer.payee = PaypalPeer::merchant_id;
  gate.peer.custom_id = "";
  CHECK_FALSE(gate.judge().applies);  // an order that was not made here
  for (const auto& odd :
       {PaypalPeer::error(500, "INTERNAL_SERVER_ERROR", ""), PaypalPeer::json(200, "{"),
        PaypalPeer::json(200, "{}"), PaypalPeer::error(403, "NOT_AUTHORIZED", ""),
        PaypalPeer::error(404, "", "")}) {
    gate.peer.instead[order_path].push_back(odd);
    const CallbackVerdict verdict = gate.judge();
    CHECK(verdict.refusal == Refusal::unavailable);
    CHECK(verdict.nack.status == 503);
  }
  gate.peer.instead[order_path].push_back(
      PaypalPeer::error(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID"));
  CHECK(gate.judge().authentic);
}

TEST_CASE("an approved order is told as one to be captured", "[channel][paypal]") {
  Gate gate;
  gate.peer.order_status = "APPROVED";
  const CallbackVerdict verdict =
      gate.judge_event("CHECKOUT.ORDER.APPROVED", R"({"id":")" + PaypalPeer::order_id + R"("})");
  REQUIRE(verdict.applies);
  CHECK(verdict.kind == sdk::OperationKind::pay);
  CHECK(verdict.outcome.verdict == Verdict::pending);
  CHECK(verdict.outcome.reason == Reason::authorised);
  CHECK(verdict.outcome.pay_no == PaypalPeer::pay_no);
  CHECK(gate.judge_event("CHECKOUT.PAYMENT-APPROVAL.REVERSED",
                         R"({"order_id":")" + PaypalPeer::order_id + R"("})")
            .applies);
}

TEST_CASE("without a merchant id a paid notice is only a reason to ask", "[channel][paypal]") {
  Gate gate;
  gate.settings.erase("merchant_id");
  gate.peer.payee = "SOMEBODYELSE1";
  const CallbackVerdict verdict = gate.judge();
  REQUIRE(verdict.applies);
  CHECK(verdict.outcome.verdict == Verdict::pending);
  CHECK(verdict.outcome.reason == Reason::already_paid);
  CHECK(verdict.outcome.pay_no == PaypalPeer::pay_no);
  CHECK(verdict.outcome.amount == -1);
  Run query(*gate.made, PaypalPeer::wish(sdk::OperationKind::query), now_ms);
  while (query.sending()) query.resume(gate.peer.answer(query.request(), now_ms), now_ms);
  CHECK(query.outcome().verdict == Verdict::succeeded);
  CHECK(query.outcome().receiver == gate.made->receiver());
  CHECK(gate.made->receiver() == PaypalPeer::client_id);
}

TEST_CASE("a capture that does not name its order is looked up first", "[channel][paypal]") {
  Gate gate;
  const std::string bare = R"({"id":")" + PaypalPeer::capture_id + R"(","status":"COMPLETED"})";
  CHECK(gate.judge_event("PAYMENT.CAPTURE.COMPLETED", bare).outcome.verdict == Verdict::succeeded);
  REQUIRE(gate.sent.size() == 4);
  CHECK(gate.sent[2].url.ends_with("/v2/payments/captures/" + PaypalPeer::capture_id));
  CHECK(gate.sent[3].url.ends_with(order_path));
  for (const std::string odd : {"{}", "[]", "7", R"({"id":"../x"})", R"({"id":7})"})
    CHECK(gate.judge_event("PAYMENT.CAPTURE.COMPLETED", odd).refusal == Refusal::malformed);
}

TEST_CASE("refunds are told with their numbers; what changes nothing is acknowledged",
          "[channel][paypal]") {
  Gate gate;
  const CallbackVerdict refund =
      gate.judge_event("PAYMENT.CAPTURE.REFUNDED", R"({"id":")" + PaypalPeer::refund_id + R"("})");
  REQUIRE(refund.applies);
  CHECK(refund.kind == sdk::OperationKind::refund);
  CHECK(refund.outcome.verdict == Verdict::succeeded);
  CHECK(refund.outcome.refund_no == PaypalPeer::refund_no);
  CHECK(refund.outcome.refund_amount == 500);
  CHECK(refund.outcome.channel_refund_no == PaypalPeer::refund_id);
  CHECK(refund.outcome.receiver == PaypalPeer::merchant_id);
  CHECK(gate.sent.back().url.ends_with("/v2/payments/refunds/" + PaypalPeer::refund_id));
  for (const auto* type :
       {"CUSTOMER.DISPUTE.CREATED", "PAYMENT.CAPTURE.REVERSED", "SOMETHING.NEW"}) {
    const CallbackVerdict other = gate.judge_event(type, "{}");
    CHECK(other.authentic);
    CHECK_FALSE(other.applies);
    CHECK(other.ack.status == 200);
    CHECK(gate.sent.empty());
  }
  for (const std::string odd : {"", "null", "[]", "{", "{}", R"({"id":"WH-1"})",
                                R"({"id":"","event_type":"X"})", R"({"id":7,"event_type":"X"})"})
    CHECK(gate.judge(PaypalPeer::signed_notice(odd, now_ms)).refusal == Refusal::malformed);
}

TEST_CASE("a refund that does not say whose money it was is only a hint to ask",
          "[channel][paypal]") {
  const std::string path = "/v2/payments/refunds/" + PaypalPeer::refund_id;
  const std::string resource = R"({"id":")" + PaypalPeer::refund_id + R"("})";
  for (const bool configured : {true, false})
    for (const std::string status : {"COMPLETED", "FAILED", "CANCELLED"}) {
      CAPTURE(configured, status);
      Gate gate;
      if (configured)
        gate.peer.refund_payer.clear();
      else
        gate.settings.erase("merchant_id");
      gate.peer.instead[path].push_back(PaypalPeer::json(200, gate.peer.refund(status)));
      const CallbackVerdict refund = gate.judge_event("PAYMENT.CAPTURE.REFUNDED", resource);
      CHECK(refund.applies);
      CHECK(refund.outcome.verdict == Verdict::pending);
      CHECK(refund.outcome.refund_no == PaypalPeer::refund_no);
      CHECK(refund.outcome.refund_amount == -1);
    }
}

TEST_CASE("refunds are read anew before anything is said of them", "[channel][paypal]") {
  const std::string path = "/v2/payments/refunds/" + PaypalPeer::refund_id;
  Gate gate;
  const std::string claimed = gate.peer.refund("COMPLETED");
  gate.peer.instead[path].push_back(PaypalPeer::json(200, gate.peer.refund("PENDING")));
  CHECK(gate.judge_event("PAYMENT.CAPTURE.REFUNDED", claimed).outcome.verdict == Verdict::pending);
  gate.peer.instead[path].push_back(PaypalPeer::json(200, gate.peer.refund("FAILED")));
  const CallbackVerdict failed = gate.judge_event("PAYMENT.REFUND.FAILED", claimed);
  CHECK(failed.outcome.verdict == Verdict::failed);
  CHECK(failed.outcome.reason == Reason::rejected);
  gate.peer.refund_payer = R"("payer":{"merchant_id":"SOMEBODYELSE1"},)";
  CHECK(gate.judge_event("PAYMENT.CAPTURE.REFUNDED", claimed).outcome.receiver == "SOMEBODYELSE1");
  for (const int status : {500, 403, 429}) {
    gate.peer.instead[path].push_back(PaypalPeer::error(status, "X", ""));
    const CallbackVerdict unread = gate.judge_event("PAYMENT.CAPTURE.REFUNDED", claimed);
    CHECK(unread.refusal == Refusal::unavailable);
    CHECK(unread.nack.status == 503);
  }
  gate.peer.instead[path].push_back(
      PaypalPeer::error(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID"));
  CHECK_FALSE(gate.judge_event("PAYMENT.CAPTURE.REFUNDED", claimed).applies);
}

}  // namespace tollgate::test
