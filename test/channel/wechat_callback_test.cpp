// WeChat Pay: notices beyond what every channel's conformance covers.
#include <catch2/catch.hpp>

#include "wechat_peer.hpp"

namespace tollgate::test {
namespace {

using sdk::CallbackInput;
using sdk::CallbackVerdict;
using sdk::Refusal;
using sdk::Verdict;

constexpr std::int64_t now_ms = WechatPeer::now_ms;

struct Gate {
  WechatPeer peer{false};
  Made made{*subjects().front().forms.front().plugin, peer.gateway(), peer.settings_json()};

  CallbackVerdict judge(const CallbackInput& input, std::int64_t at_ms = now_ms) {
    Run run(made, input, at_ms);
    while (run.sending()) run.resume(peer.answer(run.request(), at_ms), at_ms);
    return run.verdict();
  }
  CallbackVerdict judge_plain(std::string_view plain,
                              std::string_view type = "TRANSACTION.SUCCESS") {
    return judge(peer.signed_notice(peer.notice_body(plain, type), now_ms));
  }
};

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

std::string refund(std::string_view status) {
  return R"({"mchid":")" + WechatPeer::mch_id + R"(","transaction_id":"42000","out_trade_no":")" +
         WechatPeer::pay_no +
         R"(","refund_id":"50000000382019052709732678859","out_refund_no":"R1","refund_status":")" +
         std::string(status) +
         R"(","success_time":"2026-01-02T10:34:56+08:00","user_received_account":"招商银行信用卡0403",)"
         R"("amount":{"total":9900,"refund":4900,"payer_total":9900,"payer_refund":4900}})";
}

}  // namespace

TEST_CASE("a notice is acknowledged and refused in WeChat Pay's words", "[channel][wechat]") {
  Gate gate;
  const CallbackVerdict good = gate.judge(gate.peer.notice(now_ms));
  REQUIRE(good.authentic);
  CHECK(good.event_id == "EV-2018022511223320873");
  CHECK(good.event_type == "TRANSACTION.SUCCESS");
  CHECK(good.ack.status == 200);
  CHECK(good.ack.body == R"({"code":"SUCCESS","message":"OK"})");
  CHECK(good.ack.content_type == "application/json");
  const CallbackVerdict bad = gate.judge(gate.peer.forged_notice(now_ms));
  CHECK(bad.refusal == Refusal::signature_mismatch);
  CHECK(bad.nack.status == 401);
  CHECK(bad.nack.body == R"({"code":"FAIL","message":"signature_mismatch"})");
  CHECK(bad.nack.content_type == "application/json");
}

TEST_CASE("each check of a notice refuses by its own reason, in order (P8)", "[channel][wechat]") {
  Gate gate;
  const auto with = [&](std::string_view name, std::string_view value) {
    CallbackInput notice = gate.peer.notice(now_ms);
    notice.headers[std::string(name)] = value;
    return gate.judge(notice).refusal;
  };
  CHECK(with("wechatpay-serial", "") == Refusal::missing_header);
  CHECK(with("wechatpay-timestamp", "") == Refusal::missing_header);
  CHECK(with("wechatpay-nonce", "") == Refusal::missing_header);
  CHECK(with("wechatpay-signature", "") == Refusal::missing_header);
  CHECK(with("wechatpay-timestamp", "soon") == Refusal::malformed);
  CHECK(with("wechatpay-timestamp", "1767239700") == Refusal::stale);
  CHECK(with("wechatpay-serial", "ABCDEF") == Refusal::unknown_serial);
  CHECK(with("wechatpay-serial", "PUB_KEY_ID_2") == Refusal::unknown_serial);
  CHECK(with("wechatpay-serial", "\"'; --") == Refusal::unknown_serial);
  CHECK(with("wechatpay-signature", "AAAA") == Refusal::signature_mismatch);
  CHECK(with("wechatpay-signature-type", "WECHATPAY2-SM2-WITH-SM3") == Refusal::signature_mismatch);
}

TEST_CASE("WeChat Pay's signature probe is refused like any bad signature", "[channel][wechat]") {
  Gate gate;
  CallbackInput probe = gate.peer.notice(now_ms);
  probe.headers["wechatpay-signature"] =
      "WECHATPAY/SIGNTEST/" + probe.headers["wechatpay-signature"];
  const CallbackVerdict verdict = gate.judge(probe);
  CHECK_FALSE(verdict.authentic);
  CHECK(verdict.refusal == Refusal::signature_mismatch);
  CHECK(verdict.nack.status == 401);
}

TEST_CASE("a notice is fresh for the age that the host allows, either way (P8)",
          "[channel][wechat]") {
  Gate gate;
  CallbackInput notice = gate.peer.notice(now_ms);
  CHECK(gate.judge(notice, now_ms + 299'999).authentic);
  CHECK(gate.judge(notice, now_ms - 299'999).authentic);
  CHECK(gate.judge(notice, now_ms + 300'000).refusal == Refusal::stale);
  CHECK(gate.judge(notice, now_ms - 300'000).refusal == Refusal::stale);
  notice.max_age_s = 10;
  CHECK(gate.judge(notice, now_ms + 10'000).refusal == Refusal::stale);
  for (const std::int64_t odd : {std::int64_t(0), std::int64_t(-1)}) {
    notice.max_age_s = odd;
    CHECK(gate.judge(notice, now_ms + 300'000).refusal == Refusal::stale);
  }
  for (const std::int64_t longest :
       {std::int64_t(30 * 24 * 3600), INT64_MAX}) {  // never above a day
    notice.max_age_s = longest;
    CHECK(gate.judge(notice, now_ms + 23 * 3600 * 1000).authentic);
    CHECK(gate.judge(notice, now_ms + 24 * 3600 * 1000).refusal == Refusal::stale);
  }
}

TEST_CASE("a signed notice must be exactly of the form that is documented", "[channel][wechat]") {
  Gate gate;
  const std::string body = gate.peer.notice_body(gate.peer.trade("SUCCESS"), "TRANSACTION.SUCCESS");
  const auto refusal = [&](std::string_view what, std::string_view by) {
    const CallbackVerdict verdict =
        gate.judge(gate.peer.signed_notice(replaced(body, what, by), now_ms));
    CHECK_FALSE(verdict.authentic);
    CHECK_FALSE(verdict.applies);
    return verdict.refusal;
  };
  CHECK(refusal("AEAD_AES_256_GCM", "AEAD_AES_128_GCM") == Refusal::malformed);
  CHECK(refusal("AEAD_AES_256_GCM", "") == Refusal::malformed);
  CHECK(refusal("abcdef012345", "abcdef01234") == Refusal::malformed);
  CHECK(refusal("abcdef012345", "abcdef012346") == Refusal::decryption);
  CHECK(refusal("\"associated_data\":\"transaction\"", "\"associated_data\":\"refund\"") ==
        Refusal::decryption);
  CHECK(refusal("\"associated_data\":\"transaction\"", "\"associated_data\":7") ==
        Refusal::malformed);
  CHECK(refusal("\"ciphertext\":\"", "\"ciphertext\":\"AAAA") == Refusal::decryption);
  CHECK(refusal("\"ciphertext\":\"", "\"ciphertext\":\"A") == Refusal::malformed);
  CHECK(refusal("\"id\":\"EV-2018022511223320873\"", "\"id\":\"\"") == Refusal::malformed);
  CHECK(refusal("\"id\"", "\"x\"") == Refusal::malformed);
  CHECK(refusal("EV-2018022511223320873", std::string(200, 'x')) == Refusal::malformed);
  CHECK(refusal("\"resource\"", "\"x\"") == Refusal::malformed);
  for (const std::string odd : {"", "null", "[]", "{", "{}", "\"x\""})
    CHECK(gate.judge(gate.peer.signed_notice(odd, now_ms)).refusal == Refusal::malformed);
}

TEST_CASE("a notice sealed with another account's APIv3 key is refused (P8)", "[channel][wechat]") {
  Gate gate;
  auto settings = gate.peer.settings();
  settings["api_v3_key"] = std::string(32, 'z');
  const Made other(gate.made.plugin(), gate.peer.gateway(), WechatPeer::to_json(settings));
  const Run run(other, gate.peer.notice(now_ms), now_ms);
  CHECK(run.verdict().refusal == Refusal::decryption);
}

TEST_CASE("what was sealed must be a trade", "[channel][wechat]") {
  Gate gate;
  for (const std::string odd : {"", "x", "[]", "{}", R"({"out_trade_no":7})"})
    CHECK(gate.judge_plain(odd).refusal == Refusal::malformed);
}

TEST_CASE("a genuine notice that proves no payment is told as unknown (P2)", "[channel][wechat]") {
  Gate gate;
  const std::string paid = gate.peer.trade("SUCCESS");
  for (const auto& plain :
       {replaced(paid, "\"total\":9900", "\"total\":\"9900\""),
        replaced(paid, "\"currency\"", "\"x\""), replaced(paid, "\"SUCCESS\"", "\"WHATEVER\""),
        replaced(paid, "\"mchid\"", "\"x\"")}) {
    const CallbackVerdict verdict = gate.judge_plain(plain);
    CHECK(verdict.authentic);
    CHECK(verdict.outcome.verdict == Verdict::unknown);
    CHECK(verdict.outcome.pay_no == WechatPeer::pay_no);
  }
  const CallbackVerdict foreign =
      gate.judge_plain(replaced(paid, WechatPeer::app_id, "wx0000000000000000"));
  CHECK(foreign.authentic);
  CHECK(foreign.outcome.receiver == WechatPeer::mch_id + "/wx0000000000000000");
}

TEST_CASE("refund notices are told with their numbers and amounts", "[channel][wechat]") {
  Gate gate;
  struct Row {
    std::string type, status;
    Verdict verdict;
  };
  for (const auto& row : std::vector<Row>{{"REFUND.SUCCESS", "SUCCESS", Verdict::succeeded},
                                          {"REFUND.CLOSED", "CLOSED", Verdict::failed},
                                          {"REFUND.ABNORMAL", "ABNORMAL", Verdict::pending},
                                          {"REFUND.SUCCESS", "NEW", Verdict::unknown}}) {
    CAPTURE(row.type);
    const CallbackVerdict verdict = gate.judge_plain(refund(row.status), row.type);
    REQUIRE(verdict.authentic);
    CHECK(verdict.applies);
    CHECK(verdict.kind == sdk::OperationKind::refund);
    CHECK(verdict.event_type == row.type);
    CHECK(verdict.outcome.verdict == row.verdict);
    CHECK(verdict.outcome.channel_code == row.status);
    CHECK(verdict.outcome.refund_no == "R1");
    CHECK(verdict.outcome.channel_refund_no == "50000000382019052709732678859");
    CHECK(verdict.outcome.pay_no == WechatPeer::pay_no);
    CHECK(verdict.outcome.channel_trade_no == "42000");
    CHECK(verdict.outcome.amount == 9900);
    CHECK(verdict.outcome.refund_amount == 4900);
    CHECK(verdict.outcome.receiver == gate.made.receiver());
    CHECK(verdict.outcome.time_ms == 1'767'321'296'000);
  }
  CHECK(gate.judge_plain(replaced(refund("SUCCESS"), "\"refund\":4900", "\"refund\":\"4900\""),
                         "REFUND.SUCCESS")
            .outcome.verdict == Verdict::unknown);
  CHECK(gate.judge_plain(gate.peer.trade("SUCCESS"), "REFUND.SUCCESS").refusal ==
        Refusal::malformed);
}

TEST_CASE("a genuine notice of an unknown kind is acknowledged and applies to nothing",
          "[channel][wechat]") {
  Gate gate;
  const CallbackVerdict verdict =
      gate.judge_plain(gate.peer.trade("SUCCESS"), "PAYSCORE.USER_PAID");
  CHECK(verdict.authentic);
  CHECK_FALSE(verdict.applies);
  CHECK(verdict.outcome.verdict == Verdict::unknown);
  CHECK(verdict.ack.status == 200);
}

}  // namespace tollgate::test
