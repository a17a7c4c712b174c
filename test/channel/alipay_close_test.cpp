// Alipay: closing, and cancelling what nobody has scanned.
#include <catch2/catch.hpp>

#include "alipay_peer.hpp"

namespace tollgate::test {
namespace {

using sdk::OperationKind;
using sdk::Outcome;
using sdk::Reason;
using sdk::Response;
using sdk::Verdict;

constexpr std::int64_t now_ms = AlipayPeer::now_ms;
constexpr std::string_view close_call = "alipay.trade.close";
constexpr std::string_view cancel_call = "alipay.trade.cancel";

struct Desk {
  AlipayPeer peer{false};
  Made made{plugin_of("alipay"), peer.gateway(), peer.settings_json()};
  std::vector<std::string> calls;
  std::int64_t created_ms = now_ms;

  /// Closes; the peer answers honestly but for what `instead` has, call by call.
  Outcome close(const std::string& method, const std::string& number,
                std::vector<Response> instead = {}) {
    sdk::OperationInput input = peer.wish(OperationKind::close, method);
    input.pay_no = number;
    input.created_ms = created_ms;
    Run run(made, input, now_ms);
    calls.clear();
    while (run.sending()) {
      REQUIRE(calls.size() < 8);
      CHECK_FALSE(run.request().resend_safe);
      const Fields fields = peer.checked(run.request(), now_ms);
      CHECK(fields.at("biz_content") == "{\"out_trade_no\":\"" + number + "\"}");
      const Response answer = calls.size() < instead.size() ? instead[calls.size()]
                                                            : peer.answer(run.request(), now_ms);
      calls.push_back(fields.at("method"));
      run.resume(answer, now_ms);
    }
    return run.outcome();
  }
  Response refused(std::string_view call, std::string_view code, std::string_view sub_code) {
    return peer.signed_answer(call, AlipayPeer::refusal(code, sub_code));
  }
};

}  // namespace

TEST_CASE("a trade that is open is closed by one call, whatever the method", "[channel][alipay]") {
  Desk desk;
  for (const std::string method : {"page", "wap", "qr", "app"}) {
    const Outcome outcome = desk.close(method, AlipayPeer::pay_no);
    CHECK(outcome.verdict == Verdict::succeeded);
    CHECK(outcome.reason == Reason::closed);
    CHECK(desk.calls == std::vector<std::string>{"alipay.trade.close"});
  }
}

TEST_CASE("a trade that nobody has opened is not closed: its link can still be opened",
          "[channel][alipay]") {
  Desk desk;
  for (const std::string method : {"page", "wap", "app"}) {
    const Outcome outcome = desk.close(method, AlipayPeer::unopened_no);
    CHECK(outcome.verdict == Verdict::pending);
    CHECK(outcome.reason == Reason::not_found);
    CHECK(desk.calls == std::vector<std::string>{"alipay.trade.close"});
  }
}

TEST_CASE("a code that nobody has scanned is cancelled", "[channel][alipay]") {
  Desk desk;
  const std::vector<std::string> both{"alipay.trade.close", "alipay.trade.cancel"};
  Outcome outcome = desk.close("qr", AlipayPeer::unopened_no);
  CHECK(outcome.verdict == Verdict::succeeded);
  CHECK(outcome.reason == Reason::closed);
  CHECK(desk.calls == both);

  desk.peer.cancel_action = "";  // there was nothing to cancel
  outcome = desk.close("qr", AlipayPeer::unopened_no);
  CHECK(outcome.verdict == Verdict::pending);
  CHECK(outcome.reason == Reason::not_found);

  const Response close_refused = desk.refused(close_call, "40004", "ACQ.TRADE_NOT_EXIST");
  outcome = desk.close("qr", AlipayPeer::unopened_no,
                       {close_refused, desk.refused(cancel_call, "40004", "ACQ.TRADE_NOT_EXIST")});
  CHECK(outcome.verdict == Verdict::pending);
  CHECK(outcome.reason == Reason::not_found);
  CHECK(desk.calls == both);
}

TEST_CASE("a code older than what can be cancelled is dead, and only told as not found",
          "[channel][alipay]") {
  constexpr std::int64_t day_ms = 24LL * 3600 * 1000;
  Desk desk;
  desk.created_ms = now_ms - day_ms;
  const Outcome outcome = desk.close("qr", AlipayPeer::unopened_no);
  CHECK(outcome.verdict == Verdict::pending);
  CHECK(outcome.reason == Reason::not_found);
  CHECK(desk.calls == std::vector<std::string>{"alipay.trade.close"});
  desk.created_ms += 1;
  CHECK(desk.close("qr", AlipayPeer::unopened_no).verdict == Verdict::succeeded);
}

TEST_CASE("a cancel that gave money back says so", "[channel][alipay]") {
  Desk desk;
  desk.peer.cancel_action = "refund";
  const Outcome outcome = desk.close("qr", AlipayPeer::unopened_no);
  CHECK(outcome.verdict == Verdict::succeeded);
  CHECK(outcome.reason == Reason::closed);
  CHECK(outcome.channel_code == "refund");
}

TEST_CASE("a cancel is sent once more where Alipay asks for it, and not for ever (P10)",
          "[channel][alipay]") {
  Desk desk;
  desk.peer.cancel_retry = "Y";
  const Outcome outcome = desk.close("qr", AlipayPeer::unopened_no);
  CHECK(outcome.verdict == Verdict::unknown);
  CHECK(outcome.channel_code == "retry_flag");
  CHECK(desk.calls.size() == 3);
}

TEST_CASE("a cancel never follows on anything but 'there is no such trade'", "[channel][alipay]") {
  Desk desk;
  struct Row {
    std::string code, sub_code;
    Verdict verdict;
    Reason reason;
  };
  for (const auto& row : std::vector<Row>{
           {"40004", "ACQ.TRADE_HAS_CLOSE", Verdict::succeeded, Reason::closed},
           {"40004", "ACQ.TRADE_HAS_SUCCESS", Verdict::failed, Reason::already_paid},
           {"40004", "ACQ.TRADE_HAS_FINISHED", Verdict::failed, Reason::already_paid},
           {"40004", "ACQ.TRADE_STATUS_ERROR", Verdict::unknown, Reason::none},
           {"40004", "ACQ.REASON_TRADE_STATUS_INVALID", Verdict::unknown, Reason::none},
           {"40004", "ACQ.REASON_ILLEGAL_STATUS", Verdict::unknown, Reason::none},
           {"40004", "ACQ.SYSTEM_ERROR", Verdict::unknown, Reason::none},
           {"40004", "ACQ.SOMETHING_NEW", Verdict::unknown, Reason::none},
           {"20000", "isp.unknow-error", Verdict::unknown, Reason::none},
           {"20000", "ACQ.TRADE_NOT_EXIST", Verdict::unknown, Reason::none},
           {"40002", "isv.invalid-signature", Verdict::unknown, Reason::configuration},
           {"40006", "isv.insufficient-isv-permissions", Verdict::unknown, Reason::configuration},
           {"40005", "isv.app-call-limited", Verdict::retry, Reason::frequency}}) {
    CAPTURE(row.sub_code);
    const Outcome outcome =
        desk.close("qr", AlipayPeer::pay_no, {desk.refused(close_call, row.code, row.sub_code)});
    CHECK(outcome.verdict == row.verdict);
    CHECK(outcome.reason == row.reason);
    CHECK(outcome.channel_code == row.sub_code);
    CHECK(desk.calls.size() == 1);
  }
  // Nor on a refusal that is not signed.
  const Outcome outcome =
      desk.close("qr", AlipayPeer::pay_no,
                 {AlipayPeer::unsigned_answer(
                     close_call, AlipayPeer::refusal("40004", "ACQ.TRADE_NOT_EXIST"))});
  CHECK(outcome.verdict == Verdict::unknown);
  CHECK(desk.calls.size() == 1);
}

TEST_CASE("that another trade was closed closes nothing of ours (P2)", "[channel][alipay]") {
  Desk desk;
  const auto done = [&](std::string_view call, std::string_view number) {
    return desk.peer.signed_answer(
        call, R"({"code":"10000","action":"close","retry_flag":"N","out_trade_no":")" +
                  std::string(number) + "\"}");
  };
  CHECK(desk.close("page", AlipayPeer::pay_no, {done(close_call, "1")}).verdict ==
        Verdict::unknown);
  CHECK(desk.close("page", AlipayPeer::pay_no, {done(close_call, "")}).verdict == Verdict::unknown);
  CHECK(desk.close("qr", AlipayPeer::unopened_no,
                   {desk.refused(close_call, "40004", "ACQ.TRADE_NOT_EXIST"),
                    done(cancel_call, AlipayPeer::pay_no)})
            .verdict == Verdict::unknown);
  // An answer to the close is none to the cancel.
  CHECK(desk.close("qr", AlipayPeer::unopened_no,
                   {desk.refused(close_call, "40004", "ACQ.TRADE_NOT_EXIST"),
                    done(close_call, AlipayPeer::unopened_no)})
            .verdict == Verdict::unknown);
}

}  // namespace tollgate::test
