// Alipay: notices beyond what every channel's conformance covers.
#include <catch2/catch.hpp>

#include "alipay_peer.hpp"

namespace tollgate::test {
namespace {

using sdk::CallbackInput;
using sdk::CallbackVerdict;
using sdk::OperationKind;
using sdk::Reason;
using sdk::Refusal;
using sdk::Verdict;

constexpr std::int64_t now_ms = AlipayPeer::now_ms;

struct Gate {
  AlipayPeer peer{false};
  Made made{plugin_of("alipay"), peer.gateway(), peer.settings_json()};

  CallbackVerdict judge(const CallbackInput& input, std::int64_t at_ms = now_ms) {
    return Run(made, input, at_ms).verdict();
  }
  CallbackVerdict judge_body(std::string body) {
    CallbackInput input = peer.notice(now_ms);
    input.body = std::move(body);
    return judge(input);
  }
  /// A genuine notice with other fields.
  CallbackVerdict told(const Fields& changed) {
    Fields fields = AlipayPeer::notice_fields();
    for (const auto& [name, value] : changed) fields[name] = value;
    return judge(peer.signed_notice(fields));
  }
  CallbackVerdict without(const std::string& name) {
    Fields fields = AlipayPeer::notice_fields();
    fields.erase(name);
    return judge(peer.signed_notice(fields));
  }
};

const Fields refund_fields{
    {"out_biz_no", "R1"}, {"refund_fee", "10.00"}, {"gmt_refund", "2026-01-02 10:34:56.123"}};

/// 语雀空间 in GBK.
const std::string gbk_subject = "\xD3\xEF\xC8\xB8\xBF\xD5\xBC\xE4";

}  // namespace

TEST_CASE("a notice is acknowledged and refused in Alipay's words", "[channel][alipay]") {
  Gate gate;
  const CallbackVerdict good = gate.judge(gate.peer.notice(now_ms));
  REQUIRE(good.authentic);
  CHECK(good.event_id == "2026010100222120005000000000000001");
  CHECK(good.event_type == "TRADE_SUCCESS");
  CHECK(good.ack.status == 200);
  CHECK(good.ack.body == "success");
  CHECK(good.ack.content_type == "text/plain");
  CHECK(good.outcome.time_ms == now_ms + 5'000);
  const CallbackVerdict bad = gate.judge(gate.peer.forged_notice(now_ms));
  CHECK(bad.refusal == Refusal::signature_mismatch);
  CHECK(bad.nack.status == 401);
  CHECK(bad.nack.body == "failure");
}

TEST_CASE("a notice has no age: one that was resent a day later is the same (P1)",
          "[channel][alipay]") {
  Gate gate;
  const CallbackInput notice = gate.peer.notice(now_ms);
  CHECK(gate.judge(notice, now_ms + 2 * AlipayPeer::day_ms).authentic);
  CHECK(gate.judge(notice, now_ms - 2 * AlipayPeer::day_ms).authentic);
}

TEST_CASE("a notice is refused for its signature's absence, doubling, kind or place (P8)",
          "[channel][alipay]") {
  Gate gate;
  const std::string body = gate.peer.notice(now_ms).body;
  REQUIRE(gate.judge_body(body).authentic);
  const auto refusal = [&](std::string_view what, std::string_view by) {
    std::string changed = body;
    const auto at = changed.find(what);
    REQUIRE(at != std::string::npos);
    const CallbackVerdict verdict = gate.judge_body(changed.replace(at, what.size(), by));
    CHECK_FALSE(verdict.authentic);
    CHECK(verdict.nack.status == 401);
    CHECK(verdict.nack.body == "failure");
    return verdict.refusal;
  };
  CHECK(refusal("&sign=", "&nosign=") == Refusal::malformed);
  CHECK(refusal("&sign=", "&sign=&x=") == Refusal::malformed);
  CHECK(refusal("&sign=", "&sign=AAAA&sign=") == Refusal::malformed);
  CHECK(refusal("&sign=", "&sign=%2A") == Refusal::signature_mismatch);
  CHECK(refusal("sign_type=RSA2", "sign_type=RSA") == Refusal::signature_mismatch);
  CHECK(refusal("sign_type=RSA2", "sign_type=rsa2") == Refusal::signature_mismatch);
  CHECK(refusal("sign_type=RSA2", "sign_type=") == Refusal::malformed);
  CHECK(refusal("&sign_type=RSA2", "") == Refusal::malformed);
  CHECK(refusal("sign_type=RSA2", "sign_type=RSA2&sign_type=RSA2") == Refusal::malformed);
  // The same name twice, also where both values are the same or the name is escaped.
  CHECK(refusal("&total_amount=99.00", "&total_amount=0.01&total_amount=99.00") ==
        Refusal::malformed);
  CHECK(refusal("&total_amount=99.00", "&total_amount=99.00&total_amount=99.00") ==
        Refusal::malformed);
  CHECK(refusal("&total_amount=99.00", "&total_amount=99.00&total%5Famount=99.00") ==
        Refusal::malformed);
  CHECK(refusal("&total_amount=99.00", "&total_amount=99.00&more=1") ==
        Refusal::signature_mismatch);
  CHECK(refusal("&total_amount=99.00", "") == Refusal::signature_mismatch);
  CHECK(refusal("&total_amount=99.00", "&&total_amount=99.00") == Refusal::malformed);
  CHECK(refusal("&total_amount=99.00", "&total_amount") == Refusal::malformed);
  CHECK(refusal("&total_amount=99.00", "&total_amount=99.00%") == Refusal::malformed);
  CHECK(refusal("&total_amount=99.00", "&total_amount=99.00%0") == Refusal::malformed);
  CHECK(refusal("&total_amount=99.00", "&total_amount=99.00%zz") == Refusal::malformed);
  CHECK(refusal("&total_amount=99.00", "&total_amount=99.00\xD6") == Refusal::malformed);
}

TEST_CASE("a signature by the rule of another kind of message is refused (P8)",
          "[channel][alipay]") {
  Gate gate;
  Fields fields = AlipayPeer::notice_fields();
  std::string covered;
  for (const auto& [name, value] : fields)
    covered += (covered.empty() ? "" : "&") + name + "=" + value;
  fields["sign"] = AlipayKeys::get().alipay.sign(covered);  // sign_type is in it
  CHECK(gate.judge_body(AlipayPeer::encoded(fields)).refusal == Refusal::signature_mismatch);
}

TEST_CASE("bodies that are no form are refused, however long (P10, P12)", "[channel][alipay]") {
  Gate gate;
  std::string many = "a=1";
  for (int i = 0; i < 1000; ++i) many += "&a" + std::to_string(i) + "=1";
  for (const std::string& body :
       {std::string(), std::string("&"), std::string("="), std::string("{}"), many,
        std::string(1'000'000, 'a'), "a=" + std::string(1'000'000, '%'),
        std::string("sign=x&sign_type=RSA2&\0=1", 24)}) {
    CAPTURE(body.substr(0, 40));
    CHECK(gate.judge_body(body).refusal == Refusal::malformed);
  }
  // Genuine, but longer than any notice is.
  CHECK(gate.told({{"body", std::string(300'000, 'x')}}).refusal == Refusal::malformed);
}

TEST_CASE("a notice of another app, seller, number or amount is genuine, and told as it is (P2)",
          "[channel][alipay]") {
  Gate gate;
  CHECK(gate.told({{"app_id", "2021000000000002"}}).outcome.receiver ==
        AlipayPeer::seller_id + "/2021000000000002");
  CHECK(gate.told({{"seller_id", "2088000000000002"}}).outcome.receiver ==
        "2088000000000002/" + AlipayPeer::app_id);
  CHECK(gate.told({{"out_trade_no", "1"}}).outcome.pay_no == "1");
  CHECK(gate.told({{"total_amount", "0.01"}}).outcome.amount == 1);
  CHECK(gate.told({{"trans_currency", "USD"}}).outcome.currency == "USD");
  for (const auto& fields :
       {Fields{{"app_id", "2021000000000002"}}, Fields{{"total_amount", "0.01"}}})
    CHECK(gate.told(fields).authentic);
  // Another account: its own key proves nothing here.
  const CallbackInput foreign =
      gate.peer.signed_notice(AlipayPeer::notice_fields(), AlipayKeys::get().renewed);
  CHECK(gate.judge(foreign).refusal == Refusal::signature_mismatch);
}

TEST_CASE("Alipay: a genuine notice that proves no payment is told as unknown (P2)",
          "[channel][alipay]") {
  Gate gate;
  for (const auto& changed :
       {Fields{{"total_amount", "1e2"}}, Fields{{"total_amount", "-1"}},
        Fields{{"total_amount", "01.10"}}, Fields{{"total_amount", "1.100"}},
        Fields{{"total_amount", ""}}, Fields{{"total_amount", "0.00"}}, Fields{{"trade_no", ""}},
        Fields{{"trade_status", "TRADE_PENDING"}}, Fields{{"trade_status", "trade_success"}}}) {
    CAPTURE(changed.begin()->first, changed.begin()->second);
    const CallbackVerdict verdict = gate.told(changed);
    CHECK(verdict.authentic);
    CHECK(verdict.applies);
    CHECK(verdict.outcome.verdict == Verdict::unknown);
    CHECK(verdict.outcome.pay_no == AlipayPeer::pay_no);
  }
  CHECK(gate.without("seller_id").outcome.receiver.empty());
  CHECK(gate.without("app_id").outcome.receiver.empty());
  CHECK(gate.told({{"total_amount", "1.1"}}).outcome.amount == 110);
  CHECK(gate.told({{"total_amount", "100000000.00"}}).outcome.amount == 10'000'000'000);
}

TEST_CASE("a notice that does not say which one it is, or of what, is refused",
          "[channel][alipay]") {
  Gate gate;
  for (const auto* name : {"notify_id", "notify_type", "out_trade_no", "trade_status"}) {
    CAPTURE(name);
    CHECK(gate.without(name).refusal == Refusal::malformed);
    CHECK_FALSE(gate.without(name).authentic);
  }
  CHECK(gate.told({{"notify_id", std::string(200, 'x')}}).refusal == Refusal::malformed);
  CHECK(gate.told({{"out_trade_no", "店"}}).refusal == Refusal::malformed);
  CHECK(gate.told({{"out_trade_no", std::string(200, '1')}}).refusal == Refusal::malformed);
}

TEST_CASE("Alipay: a genuine notice of an unknown kind is acknowledged and applies to nothing",
          "[channel][alipay]") {
  Gate gate;
  const CallbackVerdict verdict = gate.told({{"notify_type", "batch_refund_notify"}});
  CHECK(verdict.authentic);
  CHECK_FALSE(verdict.applies);
  CHECK(verdict.event_type == "batch_refund_notify");
  CHECK(verdict.ack.body == "success");
}

TEST_CASE("each state of a notice means what section 4 says", "[channel][alipay]") {
  Gate gate;
  const auto state = [&](const std::string& word) { return gate.told({{"trade_status", word}}); };
  CHECK(state("WAIT_BUYER_PAY").outcome.verdict == Verdict::pending);
  CHECK(state("TRADE_SUCCESS").outcome.verdict == Verdict::succeeded);
  CHECK(state("TRADE_FINISHED").outcome.verdict == Verdict::succeeded);
  CHECK(state("TRADE_CLOSED").outcome.verdict == Verdict::failed);
  CHECK(state("TRADE_CLOSED").outcome.reason == Reason::closed);
  for (const auto* word : {"WAIT_BUYER_PAY", "TRADE_FINISHED", "TRADE_CLOSED"}) {
    CHECK(state(word).kind == OperationKind::pay);
    CHECK(state(word).event_type == word);
  }
}

TEST_CASE("a refund's notice is about the refund, never a second payment nor an undone one (P2)",
          "[channel][alipay]") {
  Gate gate;
  for (const auto* status : {"TRADE_SUCCESS", "TRADE_CLOSED", "TRADE_FINISHED"}) {
    CAPTURE(status);
    Fields fields = refund_fields;
    fields["trade_status"] = status;
    const CallbackVerdict verdict = gate.told(fields);
    REQUIRE(verdict.authentic);
    CHECK(verdict.applies);
    CHECK(verdict.kind == OperationKind::refund);
    CHECK(verdict.outcome.verdict == Verdict::unknown);
    CHECK(verdict.outcome.refund_no == "R1");
    CHECK(verdict.outcome.refund_amount == -1);  // refund_fee is the sum of all refunds
    CHECK(verdict.outcome.pay_no == AlipayPeer::pay_no);
    CHECK(verdict.outcome.amount == 9900);
    CHECK(verdict.outcome.receiver == gate.made.receiver());
    CHECK(verdict.outcome.time_ms == 1'767'321'296'000);
    CHECK(verdict.outcome.channel_code == status);
  }
  // A payment's notice has the fields too, without a refund in them.
  const CallbackVerdict paid = gate.told({{"out_biz_no", "B1"}, {"refund_fee", "0.00"}});
  CHECK(paid.kind == OperationKind::pay);
  CHECK(paid.outcome.verdict == Verdict::succeeded);
  CHECK(paid.outcome.refund_amount == 0);
}

TEST_CASE("closed after it was paid is told apart from closed without money", "[channel][alipay]") {
  Gate gate;
  const auto closed = [&](Fields fields) {
    fields["trade_status"] = "TRADE_CLOSED";
    return gate.told(fields).outcome;
  };
  CHECK(closed({{"gmt_payment", ""}}).channel_message.empty());
  const std::string refunded = "it was paid and has been refunded wholly";
  CHECK(closed({}).channel_message == refunded);
  CHECK(closed({{"gmt_payment", ""}, {"refund_fee", "99.00"}}).channel_message == refunded);
  CHECK(closed({{"refund_fee", "99.00"}}).refund_amount == 9900);
}

TEST_CASE("text in GBK verifies as it came, and as it was signed", "[channel][alipay]") {
  Gate gate;
  Fields fields = AlipayPeer::notice_fields();
  fields["charset"] = "GBK";
  fields["subject"] = gbk_subject;
  CallbackInput notice = gate.peer.signed_notice(fields);
  for (const auto* type : {"application/x-www-form-urlencoded; charset=GBK",
                           "application/x-www-form-urlencoded; charset=utf-8",
                           "application/x-www-form-urlencoded", ""}) {
    notice.headers["content-type"] = type;
    CHECK(gate.judge(notice).outcome.verdict == Verdict::succeeded);
  }
  // Written as UTF-8, signed as GBK.
  const std::string sign = AlipayPeer::decoded(notice.body)["sign"];
  fields["subject"] = "语雀空间";
  fields["sign"] = sign;
  notice.body = AlipayPeer::encoded(fields);
  notice.headers["content-type"] = "application/x-www-form-urlencoded; charset=\"UTF-8\"";
  CHECK(gate.judge(notice).outcome.verdict == Verdict::succeeded);
  notice.headers["content-type"] = "application/x-www-form-urlencoded; charset=GBK";
  CHECK(gate.judge(notice).refusal == Refusal::signature_mismatch);
  fields["subject"] = "语雀空闲";
  notice.body = AlipayPeer::encoded(fields);
  notice.headers["content-type"] = "application/x-www-form-urlencoded; charset=UTF-8";
  CHECK(gate.judge(notice).refusal == Refusal::signature_mismatch);
  // Text that is neither, in a charset that nobody knows: the bytes are what counts.
  CHECK(gate.told({{"charset", "EBCDIC"}, {"subject", "\xFF\xFE"}}).authentic);
}

TEST_CASE("empty fields verify whether they were signed or left out", "[channel][alipay]") {
  Gate gate;
  Fields fields = AlipayPeer::notice_fields();
  fields["body"] = "";
  CHECK(gate.judge(gate.peer.signed_notice(fields)).authentic);
  Fields left_out = AlipayPeer::decoded(gate.peer.signed_notice(AlipayPeer::notice_fields()).body);
  left_out["body"] = "";
  CHECK(gate.judge_body(AlipayPeer::encoded(left_out)).authentic);
}

TEST_CASE("values are decoded once and taken as they are", "[channel][alipay]") {
  Gate gate;
  CHECK(gate.told({{"subject", "a%20b+c &quot;d&quot; <e>"}}).authentic);
  CHECK(gate.told({{"voucher_detail_list", R"([{"name":"a&b=c"}])"}}).authentic);
  // Spaces as %20 and small digits are another escaping of the same values.
  std::string body = gate.peer.notice(now_ms).body;
  for (auto at = body.find('+'); at != body.npos; at = body.find('+')) body.replace(at, 1, "%20");
  for (std::size_t at = body.find("%3A"); at != body.npos; at = body.find("%3A"))
    body[at + 2] = 'a';
  CHECK(gate.judge_body(body).authentic);
}

}  // namespace tollgate::test
