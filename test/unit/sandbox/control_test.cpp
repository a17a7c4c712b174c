// The control interface and the buyer's phone.
#include <catch2/catch.hpp>

#include "bench.hpp"
#include "sandbox/page.hpp"

using namespace tollgate;
using namespace tollgate::sandbox;
using namespace tollgate::sandbox::test;

namespace {

net::Response get(Bench& bench, const std::string& path) {
  return bench.control(net::Method::get, path);
}
net::Response post(Bench& bench, const std::string& path, const std::string& body) {
  return bench.control(net::Method::post, path, body);
}
bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string code_url(Bench& bench, const std::string& number) {
  return at(parsed(bench.place(Order(number)).body), "/code_url");
}

}  // namespace

TEST_CASE("a trade is paid by its number, its code or its prepay id, with the amount asked for",
          "[sandbox]") {
  Bench bench;
  const std::string code = code_url(bench, "T10000001");
  const auto paid =
      bench.control_json("/pay", R"({"code_url":")" + code + R"(","amount":1,"silent":true})");
  CHECK(at(paid, "/state") == "SUCCESS");
  CHECK(at(paid, "/amount") == "9900");
  CHECK(at(paid, "/paid_amount") == "1");
  CHECK(at(parsed(bench.query("T10000001").body), "/amount/total") == "1");

  const auto app = parsed(bench.place(Order("T10000002"), "app").body);
  const auto by_prepay = bench.control_json(
      "/pay", R"({"prepay_id":")" + at(app, "/prepay_id") + R"(","silent":true})");
  CHECK(at(by_prepay, "/out_trade_no") == "T10000002");

  const auto ledger = bench.control_json("/ledger", "");
  CHECK(at(ledger, "/merchants/0/mch_id") == main_mch);
  CHECK(at(ledger, "/merchants/0/paid/count") == "2");
  CHECK(at(ledger, "/merchants/0/paid/amount") == "9901");
  CHECK(at(ledger, "/merchants/1/paid/count") == "0");
  CHECK(at(bench.control_json("/trades", ""), "/trades/1/out_trade_no") == "T10000002");
  CHECK(at(bench.control_json("/trades/T10000001", ""), "/transaction_id") != "");
}

TEST_CASE("what cannot be done is said with the right status", "[sandbox]") {
  Bench bench;
  code_url(bench, "T10000001");
  CHECK(get(bench, "/trades/T99999999").status == 404);
  CHECK(post(bench, "/pay", R"({"out_trade_no":"T99999999"})").status == 404);
  CHECK(post(bench, "/pay", "{}").status == 422);
  CHECK(post(bench, "/pay", "nonsense").status == 422);
  CHECK(post(bench, "/pay", R"({"out_trade_no":"T10000001","extra":1})").status == 422);
  CHECK(post(bench, "/notify", R"({"out_trade_no":"T10000001"})").status == 409);
  CHECK(post(bench, "/notify", R"({"out_trade_no":"T10000001","forge":"magic"})").status == 422);
  CHECK(post(bench, "/close", R"({"out_trade_no":"T10000001"})").status == 200);
  CHECK(post(bench, "/pay", R"({"out_trade_no":"T10000001"})").status == 409);
  CHECK(post(bench, "/faults", R"({"target":"pay","kind":"magic"})").status == 422);
  CHECK(post(bench, "/rotate", R"({"mch_id":"1"})").status == 404);
  CHECK(post(bench, "/rotate", R"({"mch_id":"1900000001","mode":"x"})").status == 422);
  CHECK(get(bench, "/nothing").status == 404);
  CHECK(get(bench, "/pay").status == 405);
}

TEST_CASE("faults are listed, count down and are cleared", "[sandbox]") {
  Bench bench;
  const auto id = bench.control_json("/faults", R"({"target":"query","kind":"status","count":2})");
  CHECK(at(id, "/id") == "1");
  CHECK(bench.query("T10000001").status == 500);
  CHECK(at(bench.control_json("/faults", ""), "/faults/0/count") == "1");
  CHECK(at(bench.control_json("/faults", ""), "/faults/0/kind") == "status");
  CHECK(bench.control(net::Method::del, "/faults").status == 200);
  CHECK(bench.query("T10000001").status == 404);
}

TEST_CASE("every request is on record with what the simulator thought of it, newest first",
          "[sandbox]") {
  Bench bench;
  code_url(bench, "T10000001");
  bench.query("T99999999");
  bench.place(Order("T10000002").set("extra", "1"));
  const auto list = bench.control_json("/requests?limit=3", "");
  CHECK(holds(at(list, "/requests/0/verdict"), "PARAM_ERROR"));
  CHECK(holds(at(list, "/requests/0/verdict"), "/extra"));
  CHECK(at(list, "/requests/1/verdict") == "ORDER_NOT_EXIST");
  CHECK(at(list, "/requests/1/status") == "404");
  CHECK(at(list, "/requests/2/verdict") == "accepted");
  CHECK(at(list, "/requests/2/mch_id") == main_mch);
  CHECK(at(list, "/requests/2/method") == "POST");
}

TEST_CASE("the phone shows whom one pays, what for and how much, and pays", "[sandbox]") {
  Bench bench;
  const std::string code = net::percent_encode(code_url(bench, "T10000001"));
  const auto list = get(bench, "/phone");
  CHECK(list.status == 200);
  CHECK(holds(list.body, "¥99.00"));
  const auto page = get(bench, "/phone?code=" + code);
  CHECK(holds(page.body, "¥99.00"));
  CHECK(holds(page.body, "模拟商户一"));
  CHECK(holds(page.body, "一本书"));
  CHECK_FALSE(holds(page.body, "<script"));
  const auto cancelled = post(bench, "/phone/cancel", "code=" + code);
  CHECK(holds(cancelled.body, "Cancelled"));
  CHECK(at(parsed(bench.query("T10000001").body), "/trade_state") == "NOTPAY");
  const auto paid = post(bench, "/phone/pay", "code=" + code);
  CHECK(paid.status == 200);
  CHECK(holds(paid.body, "支付成功"));
  CHECK(at(parsed(bench.query("T10000001").body), "/trade_state") == "SUCCESS");
  CHECK(post(bench, "/phone/pay", "code=" + code).status == 409);
  CHECK(get(bench, "/phone?code=nothing").status == 404);
}

TEST_CASE("an H5 link opens the phone's page of its trade and leads back to the shop",
          "[sandbox]") {
  Bench bench;
  const auto placed = bench.place(
      Order("T10000001")
          .set("scene_info", R"({"payer_client_ip":"10.0.0.1","h5_info":{"type":"Wap"}})"),
      "h5");
  const std::string url = at(parsed(placed.body), "/h5_url");
  const std::string base = "http://127.0.0.1:9090/_sandbox";
  REQUIRE(url.starts_with(base + "/phone?code="));
  const std::string path = url.substr(base.size());
  const auto page = get(bench, path + "&redirect_url=https%3A%2F%2Fshop.example%2Fback");
  CHECK(holds(page.body, "¥99.00"));
  CHECK(holds(page.body, "https://shop.example/back"));
  CHECK_FALSE(holds(get(bench, path + "&redirect_url=javascript%3Aalert(1)").body, "javascript"));
}

TEST_CASE("what a merchant wrote cannot break out of the page", "[sandbox]") {
  CHECK(page::html_escape("<b a='1'>&\"") == "&lt;b a=&#39;1&#39;&gt;&amp;&quot;");
  CHECK(page::money_text(9900, "CNY") == "¥99.00");
  CHECK(page::money_text(500, "JPY") == "500 JPY");
  Bench bench;
  const auto placed = bench.place(Order("T10000001").set("description", R"("<img src=x>")"));
  const std::string code = net::percent_encode(at(parsed(placed.body), "/code_url"));
  CHECK_FALSE(holds(get(bench, "/phone?code=" + code).body, "<img"));
}
