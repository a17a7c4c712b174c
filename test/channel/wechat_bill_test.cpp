// WeChat Pay's bills: the published form, cut anywhere, and all that must not pass for a bill.
#include <catch2/catch.hpp>

#include "bill_desk.hpp"
#include "files.hpp"
#include "wechat_peer.hpp"

namespace tollgate::test {
namespace {

using sdk::OperationKind;
using sdk::Reason;
using sdk::Response;
using sdk::Verdict;

constexpr std::int64_t now_ms = WechatPeer::now_ms;

struct Desk {
  WechatPeer peer{false};
  std::string gateway = peer.gateway();
  sdk::OperationInput wish = peer.wish(OperationKind::fetch_bill);

  Fetched ask(std::size_t piece_bytes = 100,
              const std::function<void(Response&, std::size_t)>& change = {}) {
    const Made made(plugin_of("wechat"), gateway, peer.settings_json());
    return fetch(made, peer, wish, now_ms, piece_bytes, change);
  }
  void replace(const std::string& what, const std::string& by) {
    std::string& file = wish.bill_type == "fund" ? peer.fund_bill : peer.bill;
    const auto at = file.find(what);
    REQUIRE(at != std::string::npos);
    file.replace(at, what.size(), by);
  }
};

const std::vector<std::string> published_lines{
    "payment succeeded 7214983217463296001  4200000000202512310000000001  9900 fee 59 CNY at "
    "1767153605000 SUCCESS/NATIVE",
    "refund succeeded 7214983217463296001 7214983217463296099 4200000000202512310000000001 "
    "50000000382019052709732678859 1050 fee -6 CNY at 1767196799000 REFUND/SUCCESS"};

}  // namespace

TEST_CASE("WeChat Pay's bill gives the same lines wherever its pieces are cut",
          "[channel][wechat][bill]") {
  Desk desk;
  for (std::size_t piece_bytes = 1; piece_bytes <= 400; piece_bytes += piece_bytes < 40 ? 1 : 37) {
    CAPTURE(piece_bytes);
    const auto fetched = desk.ask(piece_bytes);
    CHECK(fetched.outcome.verdict == Verdict::succeeded);
    CHECK(told(fetched.lines) == published_lines);
  }
}

TEST_CASE("WeChat Pay is asked for a link, and then for the file with a signature of its own",
          "[channel][wechat][bill]") {
  Desk desk;
  const auto fetched = desk.ask();
  REQUIRE(fetched.requests.size() == 2);
  CHECK(fetched.requests[0].url ==
        "https://api.mch.weixin.qq.com/v3/bill/tradebill?bill_date=2025-12-31&tar_type=GZIP");
  CHECK_FALSE(fetched.requests[0].stream);
  CHECK(fetched.requests[1].url == desk.peer.bill_url);
  CHECK(fetched.requests[1].stream);
  for (const auto& request : fetched.requests)
    CHECK_NOTHROW(WechatPeer::check_authorization(request, now_ms));
}

TEST_CASE("WeChat Pay's fund bill tells movements with their direction",
          "[channel][wechat][bill]") {
  Desk desk;
  desk.wish.bill_type = "fund";
  const auto fetched = desk.ask();
  CHECK(fetched.outcome.verdict == Verdict::succeeded);
  CHECK(told(fetched.lines) ==
        std::vector<std::string>{
            "payment succeeded 7214983217463296001  4200000000202512310000000001  9900 fee 0 CNY "
            "at 1767153605000 收入/交易",
            "fee succeeded 7214983217463296001  4200000000202512310000000001  -59 fee 0 CNY at "
            "1767153605000 支出/扣除交易手续费",
            "refund succeeded  7214983217463296099  50000000382019052709732678859 1050 fee 0 CNY "
            "at 1767196799000 支出/退款",
            "other succeeded 3  1  -10000 fee 0 CNY at 1767196799000 支出/提现"});
}

TEST_CASE("a file that is cut short, longer, or hashes to something else is asked for again",
          "[channel][wechat][bill]") {
  Desk desk;
  const std::size_t size = gzip_of(desk.peer.bill).size();
  for (std::size_t kept = 0; kept < size; kept += 7)
    check_retry(desk.ask(64,
                         [&](Response& r, std::size_t at) {
                           if (at == 1) r.body.resize(kept);
                         }),
                Reason::unverified);
  check_retry(desk.ask(64, [](Response& r, std::size_t at) { r.body += at == 1 ? "x" : ""; }),
              Reason::unverified);
  check_retry(desk.ask(64,
                       [&](Response& r, std::size_t at) {
                         if (at == 1) r.body = gzip_of(desk.peer.bill + "\r\n");
                       }),
              Reason::unverified);
  desk.peer.bill_hash = std::string(40, '0');
  check_retry(desk.ask(), Reason::unverified);
  desk.peer.bill_hash = "no hash at all";
  check_retry(desk.ask(), Reason::unverified);
}

TEST_CASE("a hash in upper case is the same hash", "[channel][wechat][bill]") {
  Desk desk;
  desk.peer.bill_hash = sha1_hex_of(desk.peer.bill);
  for (char& c : desk.peer.bill_hash) c = static_cast<char>(std::toupper(c));
  CHECK(desk.ask().outcome.verdict == Verdict::succeeded);
}

TEST_CASE("a signed request goes to no other host, whatever the link says (P9)",
          "[channel][wechat][bill]") {
  for (const std::string url :
       {"https://evil.example/v3/billdownload/file?token=1", "",
        "https://api.mch.weixin.qq.com@evil.example/v3/billdownload/file",
        "https://api.mch.weixin.qq.com.evil.example/v3/x", "/v3/billdownload/file?token=1",
        "https://api.mch.weixin.qq.com:8443/v3/billdownload/file?token=1", "ftp://a/b"}) {
    CAPTURE(url);
    Desk desk;
    desk.peer.bill_url = url;
    const auto fetched = desk.ask();
    check_retry(fetched, Reason::unverified);
    CHECK(fetched.requests.size() == 1);
  }
}

TEST_CASE("lines that do not add up to the totals are no bill", "[channel][wechat][bill]") {
  for (const auto& [what, by] : std::vector<std::pair<std::string, std::string>>{
           {"`2,`99.00", "`3,`99.00"},
           {"`0.53000,`99.00,`10.50", "`0.53000,`99.01,`10.50"},
           {"`0.53000,`99.00,`10.50", "`0.53000,`99.00,`10.51"},
           {"`0.53000,`99.00,`10.50", "`0.53001,`99.00,`10.50"},
           {"`0.59000", "`0.5900x"},
           {"`0.60%,`99.00", "`0.60%,`-99.00"},
           {"`OTHERS,", "`OTHERS,`MORE,"},
           {"商户订单号", "another"},
           {"微信订单号", "商户订单号"},
           {"总交易单数", "总"}}) {
    CAPTURE(what, by);
    Desk desk;
    desk.replace(what, by);
    check_retry(desk.ask(), Reason::unverified);
  }
  Desk without_totals;
  without_totals.peer.bill.resize(without_totals.peer.bill.find("总交易单数"));
  check_retry(without_totals.ask(), Reason::unverified);
  Desk fund;
  fund.wish.bill_type = "fund";
  fund.replace("111.09", "111.10");
  check_retry(fund.ask(), Reason::unverified);
}

TEST_CASE("columns are read by their names: older bills have fewer", "[channel][wechat][bill]") {
  Desk desk;
  desk.peer.bill =
      "交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,"
      "付款银行,"
      "货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,"
      "退款状态,商品名称,商户数据包,手续费,费率\n"
      "`2014-11-10 16:33:45,`wx2421b1c4370ec43b,`10000100,`0,`1000,`1001690740201411100005734289,"
      "`1415640626,`085e9858e3ba5186aafcbaed1,`MICROPAY,`SUCCESS,`OTHERS,`CNY,`0.01,`0.0,`0,`0,`0,"
      "`0,`,`,`被扫支付测试,`订单额外描述,`0,`0.60%\n"
      "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额\n"
      "`1,`0.01,`0.0,`0.0,`0\n";
  const auto fetched = desk.ask();
  CHECK(fetched.outcome.verdict == Verdict::succeeded);
  CHECK(told(fetched.lines) ==
        std::vector<std::string>{"payment succeeded 1415640626  1001690740201411100005734289  1 "
                                 "fee 0 CNY at 1415608425000 SUCCESS/MICROPAY"});
}

TEST_CASE("a refund under way is pending, a trade taken back is failed",
          "[channel][wechat][bill]") {
  Desk desk;
  desk.replace("`ORIGINAL,`SUCCESS", "`ORIGINAL,`PROCESSING");
  desk.replace("`NATIVE,`SUCCESS", "`NATIVE,`REVOKED");
  const auto fetched = desk.ask();
  REQUIRE(fetched.lines.size() == 2);
  CHECK(fetched.lines[0].status == Verdict::failed);
  CHECK(fetched.lines[1].status == Verdict::pending);
}

TEST_CASE("WeChat Pay's errors say whether to ask again", "[channel][wechat][bill]") {
  struct Row {
    int status;
    std::string code;
    Verdict verdict;
    Reason reason;
  };
  for (const auto& row :
       std::vector<Row>{{400, "NO_STATEMENT_EXIST", Verdict::succeeded, Reason::none},
                        {400, "STATEMENT_CREATING", Verdict::retry, Reason::none},
                        {429, "FREQUENCY_LIMITED", Verdict::retry, Reason::frequency},
                        {500, "SYSTEM_ERROR", Verdict::retry, Reason::none},
                        {400, "PARAM_ERROR", Verdict::failed, Reason::rejected},
                        {401, "SIGN_ERROR", Verdict::failed, Reason::configuration},
                        {403, "NO_AUTH", Verdict::failed, Reason::configuration}}) {
    CAPTURE(row.code);
    Desk desk;
    const auto fetched = desk.ask(100, [&](Response& r, std::size_t) {
      r = {};
      r.status = row.status;
      r.body = R"({"code":")" + row.code + R"(","message":"why"})";
    });
    CHECK(fetched.outcome.verdict == row.verdict);
    CHECK(fetched.outcome.reason == row.reason);
    CHECK(fetched.outcome.channel_code == row.code);
    CHECK(fetched.lines.empty());
    CHECK((fetched.outcome.retry_after_s > 0) == (row.verdict == Verdict::retry));
  }
}

TEST_CASE("a download that is refused or breaks off is tried again", "[channel][wechat][bill]") {
  Desk desk;
  check_retry(desk.ask(100,
                       [](Response& r, std::size_t at) {
                         if (at == 1) r.status = 403;
                       }),
              Reason::none);
  const Made made(plugin_of("wechat"), desk.gateway, desk.peer.settings_json());
  Run run(made, desk.wish, now_ms);
  run.resume(desk.peer.answer(run.request(), now_ms), now_ms);
  Response piece = desk.peer.answer(run.request(), now_ms);
  piece.body.resize(50);
  piece.more = true;
  run.resume(piece, now_ms);
  REQUIRE(std::holds_alternative<sdk::Continue>(run.step()));
  Response broken;
  broken.transport = sdk::Transport::maybe_sent;
  run.resume(broken, now_ms);
  CHECK(run.outcome().verdict == Verdict::retry);
  CHECK(run.outcome().channel_code == "maybe_sent");
}

TEST_CASE("what is no day or no kind of bill is refused before anything is sent",
          "[channel][wechat][bill]") {
  for (const auto& [date, type] :
       std::vector<std::pair<std::string, std::string>>{{"2025-13-01", "trade"},
                                                        {"", "trade"},
                                                        {"2025-12-31&x=1", "trade"},
                                                        {"2025-12-31", "x"}}) {
    Desk desk;
    desk.wish.bill_date = date;
    desk.wish.bill_type = type;
    const auto fetched = desk.ask();
    CHECK(fetched.requests.empty());
    CHECK(fetched.outcome.verdict == Verdict::failed);
    CHECK(fetched.outcome.reason == Reason::rejected);
  }
}

}  // namespace tollgate::test
