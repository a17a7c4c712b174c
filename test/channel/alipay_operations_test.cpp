// Alipay: what goes out, and what each answer means.
#include <rapidjson/document.h>

#include <catch2/catch.hpp>

#include "alipay_peer.hpp"

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

constexpr std::int64_t now_ms = AlipayPeer::now_ms;
constexpr std::string_view precreate = "alipay.trade.precreate";
constexpr std::string_view query = "alipay.trade.query";

struct Desk {
  explicit Desk(std::map<std::string, std::string> more = {}) : settings(peer.settings()) {
    settings.merge(more);
    made.emplace(plugin_of("alipay"), peer.gateway(), AlipayPeer::to_json(settings));
  }
  AlipayPeer peer{false};
  std::map<std::string, std::string> settings;
  std::optional<Made> made;

  Outcome outcome(const OperationInput& input, const Response& response) {
    Run run(*made, input, now_ms);
    run.resume(response, now_ms);
    return run.outcome();
  }
  /// Of an operation that sends nothing.
  Outcome at_once(const OperationInput& input) { return Run(*made, input, now_ms).outcome(); }
  Outcome asked(const std::string& node) {
    return outcome(peer.wish(OperationKind::query), peer.signed_answer(query, node));
  }
  /// The fields of the call, which are as the gateway wants them.
  Fields call(const OperationInput& input) {
    const Run run(*made, input, now_ms);
    return peer.checked(run.request(), now_ms);
  }
};

/// The fields of a URL, an order string, or a form's target and input.
Fields fields_of(const Outcome& outcome) {
  std::string text = outcome.material;
  if (outcome.action == ActionType::redirect) text = text.substr(text.find('?') + 1);
  return AlipayPeer::decoded(text);
}

rapidjson::Document content_of(const Fields& fields) {
  rapidjson::Document document;
  document.Parse(fields.at("biz_content").c_str());
  REQUIRE(document.IsObject());
  return document;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

/// The text between two others, with HTML's references taken back.
std::string between(const std::string& html, std::string_view before, std::string_view after) {
  const auto start = html.find(before) + before.size();
  std::string text = html.substr(start, html.find(after, start) - start);
  for (const auto& [reference, c] : std::vector<std::pair<std::string, std::string>>{
           {"&quot;", "\""}, {"&#39;", "'"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}})
    for (auto at = text.find(reference); at != text.npos; at = text.find(reference, at + 1))
      text.replace(at, reference.size(), c);
  return text;
}

struct Expected {
  std::string code, sub_code;
  Verdict verdict;
  Reason reason;
};

void check_errors(OperationKind kind, std::string_view method, const std::vector<Expected>& table) {
  Desk desk;
  for (const auto& row : table) {
    CAPTURE(row.code, row.sub_code);
    const std::string node = AlipayPeer::refusal(row.code, row.sub_code);
    for (const auto& answer :
         {desk.peer.signed_answer(method, node), desk.peer.signed_answer("error", node)}) {
      const Outcome outcome = desk.outcome(desk.peer.wish(kind), answer);
      CHECK(outcome.verdict == row.verdict);
      CHECK(outcome.reason == row.reason);
      CHECK(outcome.channel_code == (row.sub_code.empty() ? row.code : row.sub_code));
      CHECK(outcome.channel_message == "why");
    }
    const Outcome unproved =
        desk.outcome(desk.peer.wish(kind), AlipayPeer::unsigned_answer(method, node));
    CHECK((unproved.verdict == Verdict::unknown || unproved.verdict == Verdict::retry));
  }
}

}  // namespace

TEST_CASE("page, wap and app are signed and handed out without a call", "[channel][alipay]") {
  Desk desk;
  struct Row {
    std::string method, call, product;
    ActionType action;
  };
  for (const auto& row : std::vector<Row>{
           {"page", "alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY", ActionType::redirect},
           {"wap", "alipay.trade.wap.pay", "QUICK_WAP_WAY", ActionType::redirect},
           {"app", "alipay.trade.app.pay", "QUICK_MSECURITY_PAY", ActionType::app_string}}) {
    CAPTURE(row.method);
    const OperationInput wish = desk.peer.wish(OperationKind::pay, row.method);
    const Outcome outcome = desk.at_once(wish);
    CHECK(outcome.verdict == Verdict::pending);
    CHECK(outcome.action == row.action);
    CHECK(outcome.pay_no == AlipayPeer::pay_no);
    CHECK(outcome.material_expires_ms == wish.expires_ms);
    if (row.action == ActionType::redirect)
      CHECK(outcome.material.starts_with("https://openapi.alipay.com/gateway.do?"));
    const Fields fields = fields_of(outcome);
    CHECK_NOTHROW(AlipayPeer::check_signature(fields));
    CHECK(fields.at("method") == row.call);
    CHECK(fields.at("app_id") == AlipayPeer::app_id);
    CHECK(fields.at("timestamp") == "2026-01-01 12:00:00");
    CHECK(fields.at("notify_url") == wish.notify_url);
    CHECK(fields.contains("return_url") == (row.method != "app"));
    const auto content = content_of(fields);
    CHECK(content["out_trade_no"] == AlipayPeer::pay_no);
    CHECK(content["total_amount"] == "99.00");
    CHECK(content["subject"] == "Image形象店");
    CHECK(content["product_code"] == row.product);
    CHECK(content["time_expire"] == "2026-01-01 12:30:00");
    CHECK(content.HasMember("quit_url") == (row.method == "wap"));
    CHECK(content.MemberCount() == (row.method == "wap" ? 6U : 5U));
  }
}

TEST_CASE("page and wap can be a form that posts itself", "[channel][alipay]") {
  Desk desk({{"page_action", "form"}});
  for (const std::string method : {"page", "wap"}) {
    OperationInput wish = desk.peer.wish(OperationKind::pay, method);
    wish.description = "a\"b'<c>&d";
    const Outcome outcome = desk.at_once(wish);
    REQUIRE(outcome.action == ActionType::form);
    const std::string& html = outcome.material;
    CHECK(html.starts_with("<form "));
    CHECK(html.find(" method=\"post\" accept-charset=\"utf-8\" action=\"https://") != html.npos);
    CHECK(html.find("'<c>") == std::string::npos);
    const std::string action = between(html, "action=\"", "\"");
    Fields fields = AlipayPeer::decoded(action.substr(action.find('?') + 1));
    CHECK_FALSE(fields.contains("biz_content"));
    fields["biz_content"] = between(html, "name=\"biz_content\" value=\"", "\"");
    CHECK_NOTHROW(AlipayPeer::check_signature(fields));
    CHECK(content_of(fields)["subject"] == "a\"b'<c> d");
  }
}

TEST_CASE("a code is asked for as Alipay documents it", "[channel][alipay]") {
  Desk desk;
  OperationInput wish = desk.peer.wish(OperationKind::pay, "qr");
  const Fields fields = desk.call(wish);
  CHECK(fields.at("method") == precreate);
  CHECK(fields.at("notify_url") == wish.notify_url);
  CHECK_FALSE(fields.contains("return_url"));
  CHECK_FALSE(content_of(fields).HasMember("product_code"));
  CHECK(content_of(Desk({{"qr_product_code", "QR_CODE_OFFLINE"}}).call(wish))["product_code"] ==
        "QR_CODE_OFFLINE");

  const auto honest = [&] {
    const Run run(*desk.made, wish, now_ms);
    return desk.peer.answer(run.request(), now_ms);
  };
  CHECK(desk.outcome(wish, honest()).material == "https://qr.alipay.com/bax00000000000001");
  CHECK(desk.outcome(wish, honest()).action == ActionType::qr);
  CHECK(desk.outcome(wish, honest()).material_expires_ms == wish.expires_ms);
  wish.expires_ms = now_ms + 3 * 3600 * 1000;
  CHECK(desk.outcome(wish, honest()).material_expires_ms == now_ms + 2 * 3600 * 1000);
  wish.expires_ms = 0;
  CHECK_FALSE(content_of(desk.call(wish)).HasMember("time_expire"));
  CHECK(desk.outcome(wish, honest()).material_expires_ms == now_ms + 2 * 3600 * 1000);
}

TEST_CASE("amounts go out in yuan, exactly", "[channel][alipay]") {
  Desk desk;
  for (const auto& [amount, text] :
       std::vector<std::pair<std::int64_t, std::string>>{{1, "0.01"},
                                                         {9, "0.09"},
                                                         {10, "0.10"},
                                                         {100, "1.00"},
                                                         {110, "1.10"},
                                                         {123456, "1234.56"},
                                                         {10'000'000'000, "100000000.00"}}) {
    OperationInput wish = desk.peer.wish(OperationKind::pay, "page");
    wish.amount = amount;
    CHECK(content_of(fields_of(desk.at_once(wish)))["total_amount"] == text);
  }
}

TEST_CASE("a subject is cut to 256 columns and loses what Alipay refuses", "[channel][alipay]") {
  Desk desk;
  const auto sent = [&](std::string description) {
    OperationInput wish = desk.peer.wish(OperationKind::pay, "page");
    wish.description = std::move(description);
    return std::string(content_of(fields_of(desk.at_once(wish)))["subject"].GetString());
  };
  const auto many = [](std::string_view what, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += what;
    return text;
  };
  CHECK(sent(many("店", 300)) == many("店", 128));
  CHECK(sent(many("a", 300)) == many("a", 256));
  CHECK(sent(many("a", 255) + "店") == many("a", 255));
  CHECK(sent("C/C++ a=b&c=d") == "C C++ a b c d");
  CHECK(sent("a\n\xF0\x9F\x98\x80"
             "b\xFF") == "ab");
  for (const auto* blank : {"", "/", "&=/ ", "\xF0\x9F\x98\x80"})
    CHECK(sent(blank) == AlipayPeer::pay_no);
}

TEST_CASE("an order's end is told within what Alipay takes", "[channel][alipay]") {
  Desk desk;
  const auto told = [&](std::int64_t expires_ms) {
    OperationInput wish = desk.peer.wish(OperationKind::pay, "page");
    wish.expires_ms = expires_ms;
    return std::string(content_of(fields_of(desk.at_once(wish)))["time_expire"].GetString());
  };
  CHECK(told(now_ms + 1) == "2026-01-01 12:01:05");
  CHECK(told(now_ms + 65'000) == "2026-01-01 12:01:05");
  CHECK(told(now_ms + 66'000) == "2026-01-01 12:01:06");
  CHECK(told(now_ms + 15 * AlipayPeer::day_ms) == "2026-01-16 12:00:00");
  CHECK(told(now_ms + 16 * AlipayPeer::day_ms) == "2026-01-16 12:00:00");
}

TEST_CASE("what Alipay must refuse is not sent", "[channel][alipay]") {
  Desk desk;
  const auto refused = [&](auto change, std::string method = "page") {
    OperationInput wish = desk.peer.wish(OperationKind::pay, method);
    change(wish);
    const Run run(*desk.made, wish, now_ms);
    return !run.sending() && run.outcome().verdict == Verdict::failed &&
           run.outcome().reason == Reason::rejected;
  };
  for (const std::string method : {"page", "qr"}) {
    CHECK(refused([](auto& w) { w.amount = 0; }, method));
    CHECK(refused([](auto& w) { w.amount = -1; }, method));
    CHECK(refused([](auto& w) { w.amount = 10'000'000'001; }, method));
    CHECK(refused([](auto& w) { w.currency = "USD"; }, method));
    CHECK(refused([](auto& w) { w.pay_no = ""; }, method));
    CHECK(refused([](auto& w) { w.pay_no = std::string(65, '1'); }, method));
    CHECK(refused([](auto& w) { w.pay_no = "123-4"; }, method));
    CHECK(refused([](auto& w) { w.notify_url = ""; }, method));
    CHECK(refused([](auto& w) { w.notify_url += "?a=b"; }, method));
    CHECK(refused([](auto& w) { w.notify_url += std::string(256, 'x'); }, method));
    CHECK(refused([](auto& w) { w.expires_ms = now_ms; }, method));
    CHECK(refused([](auto& w) { w.return_url = "javascript:alert(1)"; }, method));
  }
  CHECK(refused([](auto& w) { w.method = "native"; }));
  CHECK(refused([](auto& w) { w.method = ""; }));
  CHECK(refused([](auto& w) { w.cancel_url = w.return_url = ""; }, "wap"));
  CHECK_FALSE(refused([](auto& w) { w.cancel_url = ""; }, "wap"));
}

TEST_CASE("a code that no buyer could use is none", "[channel][alipay]") {
  Desk desk;
  const auto node = [](std::string_view number, const std::string& code) {
    return R"({"code":"10000","out_trade_no":")" + std::string(number) + R"(","qr_code":)" + code +
           "}";
  };
  const OperationInput wish = desk.peer.wish(OperationKind::pay, "qr");
  const auto usable = [&](const std::string& text) {
    const Outcome outcome = desk.outcome(wish, desk.peer.signed_answer(precreate, text));
    CHECK(outcome.verdict == (outcome.material.empty() ? Verdict::unknown : Verdict::pending));
    return !outcome.material.empty();
  };
  CHECK(usable(node(AlipayPeer::pay_no, R"("https://qr.alipay.com/x")")));
  CHECK_FALSE(usable(node("1", R"("https://qr.alipay.com/x")")));
  CHECK_FALSE(usable(node(AlipayPeer::pay_no, R"("")")));
  CHECK_FALSE(usable(node(AlipayPeer::pay_no, "7")));
  CHECK_FALSE(usable(node(AlipayPeer::pay_no, R"("javascript:x")")));
  CHECK_FALSE(usable(node(AlipayPeer::pay_no, "\"https://" + std::string(2000, 'x') + "\"")));
  CHECK_FALSE(usable(R"({"code":"10000"})"));
}

TEST_CASE(
    "Alipay: errors on placing: refused is failed, a known number is asked for, the rest is "
    "unknown",
    "[channel][alipay]") {
  check_errors(
      OperationKind::pay, precreate,
      {{"40004", "ACQ.INVALID_PARAMETER", Verdict::failed, Reason::rejected},
       {"40004", "ACQ.EXIST_FORBIDDEN_WORD", Verdict::failed, Reason::rejected},
       {"40004", "ACQ.TOTAL_FEE_EXCEED", Verdict::failed, Reason::rejected},
       {"40004", "ACQ.CONTEXT_INCONSISTENT", Verdict::failed, Reason::rejected},
       {"40004", "ACQ.PAYMENT_REQUEST_HAS_RISK", Verdict::failed, Reason::rejected},
       {"40004", "ACQ.PARTNER_ERROR", Verdict::failed, Reason::configuration},
       {"40004", "ACQ.ACCESS_FORBIDDEN", Verdict::failed, Reason::configuration},
       {"40002", "isv.invalid-signature", Verdict::failed, Reason::configuration},
       {"40002", "isv.invalid-app-id", Verdict::failed, Reason::configuration},
       {"40002", "isv.something", Verdict::failed, Reason::rejected},
       {"40001", "isv.missing-method", Verdict::failed, Reason::rejected},
       {"40006", "isv.insufficient-isv-permissions", Verdict::failed, Reason::configuration},
       {"20001", "aop.invalid-auth-token", Verdict::failed, Reason::configuration},
       {"40004", "ACQ.TRADE_HAS_SUCCESS", Verdict::unknown, Reason::already_paid},
       {"40004", "ACQ.TRADE_HAS_CLOSE", Verdict::unknown, Reason::closed},
       {"40004", "ACQ.SYSTEM_ERROR", Verdict::unknown, Reason::none},
       {"40004", "ACQ.SOMETHING_NEW", Verdict::unknown, Reason::none},
       {"40004", "", Verdict::unknown, Reason::none},
       {"10003", "", Verdict::unknown, Reason::none},
       {"20000", "isp.unknow-error", Verdict::unknown, Reason::none},
       {"20000", "aop.unknow-error", Verdict::unknown, Reason::none},
       {"40005", "isv.app-call-limited", Verdict::retry, Reason::frequency},
       {"99999", "", Verdict::unknown, Reason::none}});
}

TEST_CASE("errors on asking never end a trade, and one that does not exist is not closed",
          "[channel][alipay]") {
  check_errors(OperationKind::query, query,
               {{"40004", "ACQ.TRADE_NOT_EXIST", Verdict::pending, Reason::not_found},
                {"20000", "ACQ.TRADE_NOT_EXIST", Verdict::unknown, Reason::none},
                {"40004", "ACQ.SYSTEM_ERROR", Verdict::unknown, Reason::none},
                {"40004", "ACQ.INVALID_PARAMETER", Verdict::unknown, Reason::none},
                {"40004", "ACQ.TRADE_HAS_CLOSE", Verdict::unknown, Reason::none},
                {"40004", "ACQ.TRADE_HAS_SUCCESS", Verdict::unknown, Reason::none},
                {"40004", "ACQ.ACCESS_FORBIDDEN", Verdict::unknown, Reason::configuration},
                {"40002", "isv.invalid-signature", Verdict::unknown, Reason::configuration},
                {"40006", "", Verdict::unknown, Reason::configuration},
                {"40005", "isv.app-call-limited", Verdict::retry, Reason::frequency},
                {"20000", "isp.unknow-error", Verdict::unknown, Reason::none}});
}

TEST_CASE("an unsigned refusal ends nothing, but tells what is wrong (P2, P8)",
          "[channel][alipay]") {
  Desk desk;
  const auto told = [&](OperationKind kind, std::string_view code, std::string_view sub_code) {
    const OperationInput wish = desk.peer.wish(kind);
    return desk.outcome(wish,
                        AlipayPeer::unsigned_answer("error", AlipayPeer::refusal(code, sub_code)));
  };
  for (const auto kind : {OperationKind::pay, OperationKind::query, OperationKind::close}) {
    CHECK(told(kind, "40002", "isv.invalid-app-id").verdict == Verdict::unknown);
    CHECK(told(kind, "40002", "isv.invalid-app-id").reason == Reason::configuration);
    CHECK(told(kind, "40002", "isv.invalid-app-id").channel_code == "isv.invalid-app-id");
    CHECK(told(kind, "40004", "ACQ.TRADE_NOT_EXIST").verdict == Verdict::unknown);
    CHECK(told(kind, "40004", "ACQ.TRADE_NOT_EXIST").reason == Reason::none);
    CHECK(told(kind, "40005", "").verdict == Verdict::retry);
    CHECK(told(kind, "10000", "").verdict == Verdict::unknown);
    CHECK(told(kind, "10000", "").reason == Reason::unverified);
  }
}

TEST_CASE("Alipay: an answer whose signature does not hold is unverified (P2, P8)",
          "[channel][alipay]") {
  Desk desk;
  for (const auto& fault : desk.peer.proof_faults())
    for (const auto& wish : desk.peer.wishes()) {
      Run run(*desk.made, wish, now_ms);
      if (!run.sending()) continue;
      CAPTURE(fault.name, wish.method);
      run.resume(fault.apply(desk.peer.answer(run.request(), now_ms)), now_ms);
      const bool bill = wish.kind == OperationKind::fetch_bill;
      CHECK(run.outcome().verdict == (bill ? Verdict::retry : Verdict::unknown));
      if (wish.pay_no == AlipayPeer::pay_no) CHECK(run.outcome().reason == Reason::unverified);
    }
}

TEST_CASE("a signature from before '/' was escaped holds, and what it covers is read",
          "[channel][alipay]") {
  Desk desk;
  const OperationInput wish = desk.peer.wish(OperationKind::pay, "qr");
  const auto outcome = [&](const std::string& sent, const std::string& covered) {
    return desk.outcome(wish, desk.peer.signed_answer(precreate, sent, covered));
  };
  const auto node = [](const std::string& code) {
    return R"({"code":"10000","out_trade_no":")" + AlipayPeer::pay_no + R"(","qr_code":")" + code +
           "\"}";
  };
  const std::string escaped = node(R"(https:\/\/qr.alipay.com\/bax)");
  const std::string plain = node("https://qr.alipay.com/bax");
  CHECK(outcome(escaped, escaped).material == "https://qr.alipay.com/bax");
  CHECK(outcome(escaped, plain).material == "https://qr.alipay.com/bax");
  CHECK(outcome(plain, plain).material == "https://qr.alipay.com/bax");
  CHECK(outcome(plain, escaped).reason == Reason::unverified);
  // "\\/" and "\/" are other texts. One that was signed is not taken for the other.
  CHECK(outcome(node(R"(https://a\\/b)"), node(R"(https://a\/b)")).material == "https://a/b");
}

TEST_CASE("Alipay: every trade state means what section 4 says", "[channel][alipay]") {
  Desk desk;
  struct Row {
    std::string state;
    Verdict verdict;
    Reason reason;
  };
  for (const auto& row : std::vector<Row>{{"TRADE_SUCCESS", Verdict::succeeded, Reason::none},
                                          {"TRADE_FINISHED", Verdict::succeeded, Reason::none},
                                          {"WAIT_BUYER_PAY", Verdict::pending, Reason::none},
                                          {"TRADE_CLOSED", Verdict::failed, Reason::closed},
                                          {"trade_success", Verdict::unknown, Reason::none},
                                          {"TRADE_PENDING", Verdict::unknown, Reason::none},
                                          {"", Verdict::unknown, Reason::none}}) {
    CAPTURE(row.state);
    const Outcome outcome = desk.asked(AlipayPeer::trade(row.state));
    CHECK(outcome.verdict == row.verdict);
    CHECK(outcome.reason == row.reason);
    CHECK(outcome.channel_code == row.state);
  }
}

TEST_CASE("Alipay: a paid answer that lacks what proves it is not paid (P2)", "[channel][alipay]") {
  Desk desk;
  const auto ask = [&](std::string_view what, std::string_view instead) {
    return desk.asked(replaced(AlipayPeer::trade("TRADE_SUCCESS"), what, instead));
  };
  const std::string amount = R"("total_amount":"99.00")";
  const Outcome paid = ask(amount, amount);
  CHECK(paid.verdict == Verdict::succeeded);
  CHECK(paid.time_ms == now_ms + 5'000);
  for (const auto& [text, fen] :
       std::vector<std::pair<std::string, std::int64_t>>{{"0.01", 1},
                                                         {"1.1", 110},
                                                         {"99", 9900},
                                                         {"99.0", 9900},
                                                         {"100000000.00", 10'000'000'000}})
    CHECK(ask(amount, "\"total_amount\":\"" + text + "\"").amount == fen);
  for (const std::string odd :
       {"\"1e2\"", "\"-1\"", "\"01.10\"", "\"1.100\"", "\"1.\"", "\".5\"", "\"+1\"", "\" 1\"",
        "\"1 \"", "\"1,000.00\"", "\"0x10\"", "\"０.01\"", "\"\"", "\"0\"", "\"0.00\"", "99.00",
        "99", "null", "\"9999999999999999999.00\""}) {
    CAPTURE(odd);
    CHECK(ask(amount, "\"total_amount\":" + odd).verdict == Verdict::unknown);
  }
  CHECK(ask("total_amount", "x").verdict == Verdict::unknown);
  CHECK(ask("trade_no\":\"2026", "x\":\"2026").verdict == Verdict::unknown);
  CHECK(ask(AlipayPeer::pay_no, AlipayPeer::unopened_no).verdict == Verdict::unknown);
  CHECK(ask(AlipayPeer::pay_no, AlipayPeer::unopened_no).channel_code == "another_trade");
}

TEST_CASE("another currency or seller is told as the channel names it", "[channel][alipay]") {
  Desk desk;
  const auto with = [&](const std::string& state, const std::string& more) {
    return desk.asked(replaced(AlipayPeer::trade(state), "{", "{" + more + ","));
  };
  CHECK(desk.asked(AlipayPeer::trade("TRADE_SUCCESS")).currency == "CNY");
  CHECK(desk.asked(AlipayPeer::trade("TRADE_SUCCESS")).receiver == desk.made->receiver());
  CHECK(with("TRADE_SUCCESS", R"("trans_currency":"USD")").currency == "USD");
  CHECK(with("TRADE_SUCCESS", R"("seller_id":"2088000000000002")").receiver ==
        "2088000000000002/" + AlipayPeer::app_id);
  // That somebody else's trade is closed ends nothing of ours.
  CHECK(with("TRADE_CLOSED", R"("seller_id":"2088000000000002")").verdict == Verdict::unknown);
}

TEST_CASE("Alipay: each transport failure is told by its word", "[channel][alipay]") {
  Desk desk;
  Response broken;
  broken.transport = Transport::not_sent;
  CHECK(desk.outcome(desk.peer.wish(OperationKind::pay), broken).channel_code == "not_sent");
  broken.transport = Transport::maybe_sent;
  CHECK(desk.outcome(desk.peer.wish(OperationKind::pay), broken).channel_code == "maybe_sent");
}

}  // namespace tollgate::test
