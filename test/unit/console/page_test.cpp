#include "console/page.hpp"

#include <catch2/catch.hpp>
#include <regex>
#include <string>

#include "base/crypto.hpp"
#include "console/qr.hpp"
#include "fake_cashier.hpp"

using namespace tollgate;
using namespace tollgate::console;

namespace {

Visit visit(std::string_view language = "en", Device device = Device::desktop) {
  Visit visit(texts_for(language));
  visit.device = device;
  visit.now = test::some_time;
  visit.nonce = "n0nceOfThisPage";
  return visit;
}

bool holds(const net::Response& page, std::string_view text) {
  return page.body.find(text) != std::string::npos;
}

// What is left for a reader without scripts and styles.
std::string visible(const net::Response& page) {
  std::string text = std::regex_replace(page.body, std::regex("<(script|style)[^]*?</\\1>"), " ");
  return std::regex_replace(text, std::regex("<[^>]*>"), " ");
}

std::string header(const net::Response& page, std::string_view name) {
  return std::string(page.headers.find(name).value_or("(absent)"));
}

CashierView with_status(const std::string& status) {
  CashierView view = test::course_order();
  view.status = status;
  return view;
}

}  // namespace

TEST_CASE("the page holds what is bought, the amount and the state without scripts",
          "[unit][console]") {
  const net::Response page = cashier_page(test::course_order(), visit());
  CHECK(page.status == 200);
  const std::string text = visible(page);
  for (const char* word : {"C++ in 30 days", "Printed handbook", "99.00", "CNY", "29:59",
                           "183940265011200001", "Choose how to pay", "WeChat Pay", "Alipay"}) {
    CAPTURE(word);
    CHECK(text.find(word) != std::string::npos);
  }
  CHECK(holds(page, R"(data-status="unpaid")"));
  CHECK(holds(
      page,
      R"(<noscript><meta http-equiv="refresh" content="10;url=/pay/tok_0123456789-abcdef">)"));
  CHECK(holds(page, R"(<form method="post" action="/pay/tok_0123456789-abcdef/pay">)"));
}

TEST_CASE("each end of an order has its own words in both languages", "[unit][console]") {
  struct Row {
    const char *status, *english, *chinese;
  };
  for (const Row& row : {Row{"paid", "Paid", "支付成功"}, Row{"refunded", "Refunded", "已退款"},
                         Row{"cancelled", "Order cancelled", "订单已取消"},
                         Row{"expired", "Order expired", "订单已过期"},
                         Row{"failed", "Payment failed", "支付失败"}}) {
    CAPTURE(row.status);
    const net::Response english = cashier_page(with_status(row.status), visit());
    const net::Response chinese = cashier_page(with_status(row.status), visit("zh-CN"));
    CHECK(visible(english).find(row.english) != std::string::npos);
    CHECK(visible(chinese).find(row.chinese) != std::string::npos);
    CHECK(holds(english, std::string("data-status=\"") + row.status + "\" data-final=\"1\""));
    CHECK_FALSE(holds(english, "<form"));
    CHECK_FALSE(holds(english, "http-equiv"));
    CHECK_FALSE(holds(english, "Time left"));
    CHECK(is_final(row.status));
  }
  CHECK_FALSE(is_final("unpaid"));
  CHECK_FALSE(visible(cashier_page(test::course_order(), visit())).find("Paid") !=
              std::string::npos);
}

TEST_CASE("hostile text in an order stays text", "[unit][console]") {
  const std::string attack = R"("><script>alert(1)</script><img src=x onerror='alert(2)'>)";
  CashierView view = test::course_order();
  view.description = attack;
  view.items = {{attack, 1, 1}};
  view.choices = {{attack, attack, attack}};
  view.return_url = "javascript:alert(3)";
  const Visit visitor = visit();
  Attempt attempt = test::open_qr();
  attempt.title = attack;
  attempt.channel = attack;
  for (int round = 0; round < 3; ++round) {
    if (round == 1) view.open_attempt = attempt;
    if (round == 2) view.status = "paid";
    const net::Response page = cashier_page(view, visitor);
    CHECK_FALSE(holds(page, "<script>"));
    CHECK_FALSE(holds(page, "<img src=x"));
    CHECK_FALSE(holds(page, "javascript:"));
    CHECK(holds(page, "&lt;script&gt;"));
  }
}

TEST_CASE("the page loads nothing from elsewhere and cannot be framed", "[unit][console]") {
  const net::Response page = cashier_page(test::course_order(), visit());
  CHECK(header(page, "Content-Security-Policy") ==
        "default-src 'none'; img-src 'self' data:; style-src 'nonce-n0nceOfThisPage'; "
        "script-src 'nonce-n0nceOfThisPage'; connect-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'");
  CHECK(header(page, "X-Frame-Options") == "DENY");
  CHECK(header(page, "X-Content-Type-Options") == "nosniff");
  CHECK(header(page, "Referrer-Policy") == "no-referrer");
  CHECK(header(page, "Cache-Control") == "no-store");
  CHECK(header(page, "Content-Type") == "text/html; charset=utf-8");
  CHECK_FALSE(std::regex_search(page.body, std::regex("(src|href)=\"(https?:)?//")));
  CHECK_FALSE(std::regex_search(page.body, std::regex(" (style|on[a-z]+)=\"")));
}

TEST_CASE("the nonce of the policy is the one of each script and style", "[unit][console]") {
  const net::Response page = cashier_page(test::course_order(), visit());
  const std::regex opening("<(script|style)([^>]*)>");
  int found = 0;
  for (std::sregex_iterator at(page.body.begin(), page.body.end(), opening), end; at != end; ++at) {
    CHECK((*at)[2].str() == R"( nonce="n0nceOfThisPage")");
    ++found;
  }
  CHECK(found == 2);
}

TEST_CASE("an open code is shown as a picture with the channel's name", "[unit][console]") {
  CashierView view = test::course_order();
  view.open_attempt = test::open_qr();
  const net::Response page = cashier_page(view, visit());
  CHECK(holds(page,
              "src=\"data:image/png;base64," + base64_encode(qr_png(view.open_attempt->material))));
  CHECK(visible(page).find("Scan with WeChat to pay") != std::string::npos);
  CHECK(visible(page).find("Or pay another way") != std::string::npos);
  CHECK_FALSE(holds(page, R"(value="wechat")"));
  CHECK(visible(cashier_page(view, visit("zh", Device::wechat))).find("长按") != std::string::npos);
}

TEST_CASE("a redirect is a link, left for at once only when asked to", "[unit][console]") {
  CashierView view = test::course_order();
  view.open_attempt = test::open_redirect();
  Visit visitor = visit();
  const net::Response calm = cashier_page(view, visitor);
  CHECK(holds(calm, R"(href="https://www.paypal.com/checkoutnow?token=5O190127TN364715T")"));
  CHECK(holds(calm, R"(data-go="0")"));
  visitor.go_on = true;
  CHECK(holds(cashier_page(view, visitor), R"(data-go="1")"));
}

TEST_CASE("a channel's form may be posted to its own host and to no other", "[unit][console]") {
  CashierView view = test::course_order();
  Attempt& attempt = view.open_attempt.emplace(test::open_redirect());
  attempt.action_type = "form";
  attempt.material = R"(<form method="post" action="https://openapi.alipay.com/gateway.do">)"
                     R"(<input name="sign" value="a&quot;b"></form><script>evil()</script>)";
  const net::Response page = cashier_page(view, visit());
  CHECK(holds(page,
              R"(<form data-leave method="post" action="https://openapi.alipay.com/gateway.do">)"));
  CHECK(holds(page, R"(<input type="hidden" name="sign" value="a&quot;b">)"));
  CHECK_FALSE(holds(page, "evil()"));
  CHECK(header(page, "Content-Security-Policy")
            .find("form-action 'self' https://openapi.alipay.com;") != std::string::npos);
}

TEST_CASE("an attempt that cannot be shown here leaves the choice open", "[unit][console]") {
  CashierView view = test::course_order();
  Attempt& attempt = view.open_attempt.emplace(test::open_qr());
  const auto chooses = [&](Device device = Device::desktop) {
    return visible(cashier_page(view, visit("en", device))).find("Choose how to pay") !=
           std::string::npos;
  };
  CHECK_FALSE(chooses());
  attempt.material = std::string(qr_max_bytes + 1, 'x');
  CHECK(chooses());
  attempt = test::open_redirect();
  attempt.material = "javascript:alert(1)";
  CHECK(chooses());
  attempt = test::open_redirect();
  attempt.method = "h5";
  CHECK(chooses());
  CHECK_FALSE(chooses(Device::mobile));
  attempt.method = "jsapi";
  CHECK(chooses(Device::mobile));
}

TEST_CASE("in WeChat a jsapi payment is handed to the app, or started over", "[unit][console]") {
  CashierView view = test::course_order();
  view.open_attempt = test::open_bridge();
  Visit visitor = visit("en", Device::wechat);
  visitor.go_on = true;
  const net::Response page = cashier_page(view, visitor);
  CHECK(holds(page, R"(data-bridge="{&quot;appId&quot;:&quot;wx2421b1c4370ec43b&quot;)"));
  CHECK(holds(page, R"(data-return="/pay/return/tok_0123456789-abcdef")"));
  CHECK(holds(page, R"(data-go="1")"));
  CHECK(holds(page, R"(href="/pay/requestpay/tok_0123456789-abcdef")"));
  view.open_attempt->material = "[]";
  CHECK_FALSE(holds(cashier_page(view, visitor), "data-bridge="));
}

TEST_CASE("past its time an unpaid order offers nothing but waits for the result",
          "[unit][console]") {
  CashierView view = test::course_order();
  view.open_attempt = test::open_qr();
  Visit visitor = visit();
  visitor.now = view.expires_at;
  const net::Response page = cashier_page(view, visitor);
  CHECK(visible(page).find("Time is up") != std::string::npos);
  CHECK_FALSE(holds(page, "<form"));
  CHECK_FALSE(holds(page, "data:image/png"));
  CHECK(holds(page, R"(data-final="0")"));
}

TEST_CASE("a buyer who comes back reads that the payment is being confirmed, or its end",
          "[unit][console]") {
  Visit visitor = visit();
  visitor.returned = true;
  CHECK(visible(cashier_page(test::course_order(), visitor)).find("Confirming your payment") !=
        std::string::npos);
  CashierView paid = with_status("paid");
  paid.return_url = "https://shop.example/thanks?a=1&b=2";
  const net::Response page = cashier_page(paid, visitor);
  CHECK(visible(page).find("Paid") != std::string::npos);
  CHECK(holds(page, R"(href="https://shop.example/thanks?a=1&amp;b=2")"));
}

TEST_CASE("a failed start is told without its cause", "[unit][console]") {
  Visit visitor = visit();
  visitor.alert = Errc::channel_unavailable;
  const net::Response page = cashier_page(test::course_order(), visitor);
  CHECK(holds(page, R"(role="alert">This way to pay cannot be reached right now.)"));
}

TEST_CASE("links stay below the public URL's path", "[unit][console]") {
  Visit visitor = visit();
  visitor.base_path = "/shop";
  const net::Response page = cashier_page(test::course_order(), visitor);
  CHECK(holds(page, R"(action="/shop/pay/tok_0123456789-abcdef/pay")"));
  CHECK(holds(page, R"(data-events="/shop/pay/tok_0123456789-abcdef/events")"));
  CHECK_FALSE(holds(page, R"("/pay/)"));
}

TEST_CASE("a currency without a minor unit and one with three decimals are shown as they are",
          "[unit][console]") {
  CashierView view = test::course_order();
  view.items.clear();
  view.currency = "JPY";
  CHECK(
      holds(cashier_page(view, visit()), R"(value="9900"><small>¥</small>9,900<abbr>JPY</abbr>)"));
  view.currency = "KWD";
  CHECK(holds(cashier_page(view, visit()), R"(value="9.900">9.900<abbr>KWD</abbr>)"));
}

TEST_CASE("an error page tells the request and nothing of the cause", "[unit][console]") {
  const net::Response page = error_page(503, "req-<1>", visit("zh"));
  CHECK(page.status == 503);
  CHECK(holds(page, "req-&lt;1&gt;"));
  CHECK(header(page, "X-Frame-Options") == "DENY");
  CHECK(not_found_page(visit()).status == 404);
}
