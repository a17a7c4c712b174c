// The small parts that the pages are made of.
#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>

#include "console/amount.hpp"
#include "console/channel_form.hpp"
#include "console/device.hpp"
#include "console/html.hpp"
#include "console/texts.hpp"
#include "console/web_address.hpp"
#include "fake_cashier.hpp"

using namespace tollgate;
using namespace tollgate::console;

namespace {

constexpr std::string_view safari =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 Mobile/15E148 "
    "Safari/604.1";

std::string language(std::string_view header) {
  return std::string(texts_for(header).lang);
}

std::string button(const Choice* choice) {
  return choice->channel + "/" + choice->method;
}

std::vector<std::string> offered(Device device) {
  const CashierView view = test::course_order();
  std::vector<std::string> out;
  for (const Choice* choice : offers(view.choices, device)) out.push_back(button(choice));
  return out;
}

}  // namespace

TEST_CASE("foreign text cannot become markup", "[unit][console]") {
  CHECK(escape_html(R"(<script>alert("x" & 'y')</script>)") ==
        "&lt;script&gt;alert(&quot;x&quot; &amp; &#39;y&#39;)&lt;/script&gt;");
  CHECK(escape_html("C++ 三十天 🙂") == "C++ 三十天 🙂");
  CHECK(escape_html(std::string("a\0b\x1b", 4)) ==
        "a\xEF\xBF\xBD"
        "b\xEF\xBF\xBD");
  CHECK(escape_html("\xff<") == "\xEF\xBF\xBD&lt;");
  Html html;
  html.raw("<a").attribute("title", R"(" onclick="x)").raw(">");
  CHECK(html.str() == R"(<a title="&quot; onclick=&quot;x">)");
}

TEST_CASE("an amount is shown with exactly its currency's decimals", "[unit][console]") {
  CHECK(amount_text(9'900, "CNY").brief() == "¥99.00");
  CHECK(amount_text(5, "CNY").brief() == "¥0.05");
  CHECK(amount_text(1'234, "JPY").brief() == "¥1,234");
  CHECK(amount_text(1'234'500, "KWD").brief() == "1,234.500 KWD");
  CHECK(amount_text(100'000'000, "USD").brief() == "$1,000,000.00");
  CHECK(amount_text(99'999, "USD").number == "999.99");
  CHECK(amount_text(100'000, "USD").number == "1,000.00");
  CHECK(amount_text(100'000, "USD").decimal == "1000.00");
  CHECK(amount_text(INT64_MAX, "KWD").number == "9,223,372,036,854,775.807");
  CHECK_THROWS_AS(amount_text(1, "XXA"), std::invalid_argument);
}

TEST_CASE("the language is the one that the browser likes best of ours", "[unit][console]") {
  CHECK(language("") == "en");
  CHECK(language("zh-CN,zh;q=0.9,en;q=0.8") == "zh-CN");
  CHECK(language("en-GB,en;q=0.9,zh;q=0.8") == "en");
  CHECK(language("fr, zh;q=0.3, en;q=0.7") == "en");
  CHECK(language("en;q=0.123, ZH-hant;q=0.124") == "zh-CN");
  CHECK(language("zh;q=0, fr") == "en");
  CHECK(language("zhuang, zh_CN") == "en");
  CHECK(language(";;,q=,zh;q=9999999999") == "en");
}

TEST_CASE("every word exists in every language", "[unit][console]") {
  for (const char* header : {"en", "zh"}) {
    const Texts& texts = texts_for(header);
    const auto* words = reinterpret_cast<const std::string_view*>(&texts);
    for (std::size_t i = 0; i < sizeof(Texts) / sizeof(std::string_view); ++i) {
      CAPTURE(header, i);
      CHECK_FALSE(words[i].empty());
    }
  }
  CHECK(fill("Scan with {} to pay", "WeChat") == "Scan with WeChat to pay");
}

TEST_CASE("a well-known channel is named in the buyer's language, any other as its title says",
          "[unit][console]") {
  const Texts& chinese = texts_for("zh");
  CHECK(channel_title(chinese, "wechat", "WeChat Pay") == "微信支付");
  CHECK(channel_title(chinese, "alipay", "") == "支付宝");
  CHECK(channel_title(texts_for("en"), "wechat", "") == "WeChat Pay");
  CHECK(channel_title(chinese, "wechat", "WeChat Pay (Hong Kong)") == "WeChat Pay (Hong Kong)");
  CHECK(channel_title(chinese, "stone", "Bank card") == "Bank card");
  CHECK(channel_title(chinese, "stone", "") == "stone");
  CHECK(app_title(chinese, "wechat", "WeChat Pay") == "微信");
}

TEST_CASE("the device is told by the browser's name", "[unit][console]") {
  CHECK(device_of("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120 Safari/537.36") ==
        Device::desktop);
  CHECK(device_of("") == Device::desktop);
  CHECK(device_of(safari) == Device::mobile);
  CHECK(device_of(std::string(safari) + " MicroMessenger/8.0.40") == Device::wechat);
  CHECK(device_of(std::string(safari) + " AlipayClient/10.5.0") == Device::alipay);
}

TEST_CASE("each title is one button, by the method that suits the device", "[unit][console]") {
  using List = std::vector<std::string>;
  CHECK(offered(Device::desktop) ==
        List{"wechat/native", "alipay/page", "paypal/redirect", "stone/checkout"});
  CHECK(offered(Device::mobile) ==
        List{"wechat/h5", "alipay/wap", "paypal/redirect", "stone/checkout"});
  CHECK(offered(Device::wechat) == List{"wechat/native", "paypal/redirect", "stone/checkout"});
}

TEST_CASE("jsapi is for WeChat's own browser, app for none", "[unit][console]") {
  const std::vector<Choice> choices{
      {"wechat", "native", ""}, {"wechat", "jsapi", "", true}, {"wechat", "app", ""}};
  CHECK(offers(choices, Device::wechat) == std::vector{&choices[1]});
  CHECK(scanned_choice(choices, Device::wechat) == &choices[1]);
  for (const Device device : {Device::desktop, Device::mobile, Device::alipay}) {
    CHECK(offers(choices, device) == std::vector{&choices[0]});
    CHECK(scanned_choice(choices, device) == nullptr);
  }
}

TEST_CASE("a scanned code starts the payment of the app that scanned it", "[unit][console]") {
  const CashierView view = test::course_order();
  CHECK(scanned_choice(view.choices, Device::desktop) == nullptr);
  CHECK(scanned_choice(view.choices, Device::mobile) == nullptr);
  CHECK(button(scanned_choice(view.choices, Device::wechat)) == "wechat/native");
  CHECK(button(scanned_choice(view.choices, Device::alipay)) == "alipay/wap");
}

TEST_CASE("only web addresses are linked to", "[unit][console]") {
  CHECK(web_origin("https://openapi.alipay.com/gateway.do?a=b") == "https://openapi.alipay.com");
  CHECK(web_origin("http://127.0.0.1:9090/x") == "http://127.0.0.1:9090");
  CHECK(web_origin("https://[::1]:8443/") == "https://[::1]:8443");
  for (const char* bad : {"", "javascript:alert(1)", "data:text/html,x", "/pay", "//host/x",
                          "https://", "ftp://host/", "https://1.2.3.4.example/a", "https://a@host/",
                          "https://host;script-src/", "https://ho st/", "https://host/\r\nX: y"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_web_address(bad));
  }
  CHECK(path_of("https://pay.example.com") == "");
  CHECK(path_of("https://example.com/shop/pay/") == "/shop/pay");
}

TEST_CASE("of a channel's form only the target and the fields are taken", "[unit][console]") {
  const auto form = read_channel_form(
      R"(<p>wait</p><FORM name=f Method='POST' )"
      R"(action="https://openapi.alipay.com/gateway.do?charset=utf-8&amp;sign=a%2Bb">)"
      "\n<input type=hidden name=\"biz_content\" "
      "value='{&quot;subject&quot;:&quot;&#x4E09;&#21313; &amp;lt; 1&quot;}'/>"
      R"(<input type="submit" value="go" style="display:none"><input name=empty>)"
      R"(</form><input name="later" value="x"><script>document.forms[0].submit()</script>)");
  REQUIRE(form.has_value());
  CHECK(form->action == "https://openapi.alipay.com/gateway.do?charset=utf-8&sign=a%2Bb");
  CHECK(form->origin == "https://openapi.alipay.com");
  CHECK(form->post);
  REQUIRE(form->fields.size() == 2);
  CHECK(form->fields[0].name == "biz_content");
  CHECK(form->fields[0].value == R"({"subject":"三十 &lt; 1"})");
  CHECK(form->fields[1].name == "empty");
  CHECK(form->fields[1].value.empty());
}

TEST_CASE("a text that holds no sound form is refused", "[unit][console]") {
  for (const std::string& html :
       {std::string(), std::string("<form>"),
        std::string("<form action='javascript:x'><input name=a>"), std::string("<form action"),
        std::string("<form action=\"https://a.example"), std::string("<"),
        std::string("\xff<form action=https://a.example>"), std::string(70'000, '<')}) {
    CAPTURE(html.substr(0, 60));
    const auto form = read_channel_form(html);
    CHECK((!form.has_value() || form->fields.empty()));
    if (html.find("https") == std::string::npos) CHECK_FALSE(form.has_value());
  }
  std::string many = "<form action=https://a.example>";
  for (int i = 0; i < 101; ++i) many += "<input name=a>";
  CHECK_FALSE(read_channel_form(many).has_value());
}
