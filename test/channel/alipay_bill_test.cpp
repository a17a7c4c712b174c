// Alipay's bills: the published form, cut anywhere, and all that must not pass for a bill.
#include <catch2/catch.hpp>

#include "alipay_peer.hpp"
#include "bill_desk.hpp"
#include "files.hpp"

namespace tollgate::test {
namespace {

using sdk::OperationKind;
using sdk::Reason;
using sdk::Response;
using sdk::Verdict;

constexpr std::int64_t now_ms = AlipayPeer::now_ms;

struct Desk {
  AlipayPeer peer{false};
  sdk::OperationInput wish = peer.wish(OperationKind::fetch_bill);

  Fetched ask(std::size_t piece_bytes = 100,
              const std::function<void(Response&, std::size_t)>& change = {},
              std::int64_t at_ms = now_ms) {
    const Made made(plugin_of("alipay"), peer.gateway(), peer.settings_json());
    return fetch(made, peer, wish, at_ms, piece_bytes, change);
  }
  void replace(const std::string& what, const std::string& by) {
    const auto at = peer.bill.find(what);
    REQUIRE(at != std::string::npos);
    peer.bill.replace(at, what.size(), by);
  }
};

const std::vector<std::string> published_lines{
    "payment succeeded 7214983217463296001  2025123122001400000000000001  9900 fee 59 CNY at "
    "1767153605000 交易",
    "refund succeeded 7214983217463296001 7214983217463296099 2025123122001400000000000001  1050 "
    "fee -6 CNY at 1767196799000 退款"};

}  // namespace

TEST_CASE("Alipay's bill gives the same lines wherever its pieces are cut",
          "[channel][alipay][bill]") {
  Desk desk;
  for (std::size_t piece_bytes = 1; piece_bytes <= 900; piece_bytes += piece_bytes < 40 ? 1 : 67) {
    CAPTURE(piece_bytes);
    const auto fetched = desk.ask(piece_bytes);
    CHECK(fetched.outcome.verdict == Verdict::succeeded);
    CHECK(told(fetched.lines) == published_lines);
  }
}

TEST_CASE("Alipay's file is fetched over TLS though the link says http",
          "[channel][alipay][bill]") {
  Desk desk;
  const auto fetched = desk.ask();
  REQUIRE(fetched.requests.size() == 2);
  CHECK(fetched.requests[1].url ==
        "https://dwbillcenter.alipay.com/downloadBillFile.resource?token=abc");
  CHECK(fetched.requests[1].stream);
}

TEST_CASE("Alipay's file is fetched from Alipay alone (P9)", "[channel][alipay][bill]") {
  for (const std::string url :
       {"https://evil.example/x", "https://alipay.com.evil.example/x", "https://evilalipay.com/x",
        "https://dwbillcenter.alipay.com@evil.example/x", "https://dwbillcenter.alipay.com:81/x",
        "http://127.0.0.1/x", "ftp://dwbillcenter.alipay.com/x", ""}) {
    CAPTURE(url);
    Desk desk;
    desk.peer.bill_url = url;
    const auto fetched = desk.ask();
    check_retry(fetched, Reason::unverified);
    CHECK(fetched.requests.size() == 1);
  }
  Desk sandbox;
  sandbox.peer.bill_url = "https://dwbillcenter.dl.alipaydev.com/x";
  CHECK(sandbox.ask().outcome.verdict == Verdict::succeeded);
}

TEST_CASE("an archive that is cut short, longer or lies is asked for again",
          "[channel][alipay][bill]") {
  Desk desk;
  const std::string whole = AlipayPeer::packed(desk.peer.bill);
  for (std::size_t kept = 1; kept < whole.size(); kept += 29) {
    desk.peer.archive = whole.substr(0, kept);
    check_retry(desk.ask(64), Reason::unverified);
  }
  desk.peer.archive = whole + "x";
  check_retry(desk.ask(64), Reason::unverified);
  const std::string table = gbk_of(desk.peer.bill);
  ZipWish lie;
  lie.crc_lie = 1;
  for (const auto& archive :
       {zip_of({{gbk_of("明细.csv"), table}}, lie), zip_of({{gbk_of("明细(汇总).csv"), table}}),
        zip_of({{gbk_of("明细.csv"), table}, {"again.csv", table}}),
        zip_of({{gbk_of("明细.csv"), desk.peer.bill}}),  // not in GBK
        zip_of({{gbk_of("明细.csv"), ""}}), std::string("no archive at all")}) {
    desk.peer.archive = archive;
    check_retry(desk.ask(64), Reason::unverified);
  }
}

TEST_CASE("a table that does not add up, or has no end, is no bill", "[channel][alipay][bill]") {
  for (const auto& [what, by] :
       std::vector<std::pair<std::string, std::string>>{{"#交易合计：1笔", "#交易合计：2笔"},
                                                        {"商家实收共99.00", "商家实收共99.01"},
                                                        {"#退款合计：1笔", "#退款合计：0笔"},
                                                        {"退款共-10.50", "退款共-10.51"},
                                                        {"业务明细列表结束", "业务"},
                                                        {"支付宝交易号", "交易号"},
                                                        {"商户订单号", "支付宝交易号"},
                                                        {"99.00,99.00", "99.00,99.0x"},
                                                        {"-0.59,0.00,", "free,0.00,"},
                                                        {"\t,-0.59,0.00,", "\t"}}) {
    CAPTURE(what, by);
    Desk desk;
    desk.replace(what, by);
    check_retry(desk.ask(), Reason::unverified);
  }
}

TEST_CASE("totals in other words are not compared, and a positive refund is one, too",
          "[channel][alipay][bill]") {
  Desk desk;
  desk.replace("#交易合计：1笔，商家实收共99.00元", "#交易：一笔");
  desk.replace("-10.50,-10.50", "10.50,-10.50");
  const auto fetched = desk.ask();
  CHECK(fetched.outcome.verdict == Verdict::succeeded);
  CHECK(told(fetched.lines) == published_lines);
}

TEST_CASE("no bill means not yet, and from noon of the next day that there was no trade",
          "[channel][alipay][bill]") {
  Desk desk;
  desk.peer.bill_error = "isp.bill_not_exist";
  check_retry(desk.ask(100, {}, now_ms - 1), Reason::none);
  const auto later = desk.ask(100, {}, now_ms);
  CHECK(later.outcome.verdict == Verdict::succeeded);
  CHECK(later.lines.empty());
}

TEST_CASE("Alipay's errors say whether to ask again", "[channel][alipay][bill]") {
  struct Row {
    std::string code;
    Verdict verdict;
    Reason reason;
  };
  for (const auto& row :
       std::vector<Row>{{"isv.app-call-limited", Verdict::retry, Reason::frequency},
                        {"isp.unknow-error", Verdict::retry, Reason::none},
                        {"isv.invalid-arguments", Verdict::failed, Reason::rejected},
                        {"isv.invalid-app-id", Verdict::failed, Reason::configuration}}) {
    CAPTURE(row.code);
    Desk desk;
    desk.peer.bill_error = row.code;
    const auto fetched = desk.ask();
    CHECK(fetched.outcome.verdict == row.verdict);
    CHECK(fetched.outcome.reason == row.reason);
    CHECK((fetched.outcome.retry_after_s > 0) == (row.verdict == Verdict::retry));
  }
  Desk expired;
  check_retry(expired.ask(100,
                          [](Response& r, std::size_t at) {
                            if (at == 1) r.status = 403;
                          }),
              Reason::none);
  Desk fund;
  fund.wish.bill_type = "fund";
  CHECK(fund.ask().outcome.verdict == Verdict::failed);
}

}  // namespace tollgate::test
