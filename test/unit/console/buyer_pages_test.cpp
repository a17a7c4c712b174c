#include "console/buyer_pages.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <set>
#include <stdexcept>
#include <string>

#include "base/rate_limit.hpp"
#include "console/qr.hpp"
#include "fake_cashier.hpp"
#include "net/router.hpp"

using namespace tollgate;
using namespace tollgate::console;

namespace {

constexpr const char* wechat_agent = "Mozilla/5.0 (Linux; Android 14) Mobile MicroMessenger/8.0.40";
constexpr const char* phone_agent =
    "Mozilla/5.0 (Linux; Android 14) Chrome/120 Mobile Safari/537.36";

constexpr const char* alipay_agent = "Mozilla/5.0 (Linux; Android 14) Mobile AlipayClient/10.5.0";

class BrokenCashier final : public Cashier {
 public:
  net::Awaitable<Result<CashierView>> view(std::string) override {
    throw std::runtime_error("disk");
  }
  net::Awaitable<Result<StartedAction>> start(std::string, std::string, std::string,
                                              std::string) override {
    throw std::runtime_error("disk");
  }
  net::Awaitable<Result<Recognition>> recognise(std::string, Choice, std::string,
                                                WayBack) override {
    throw std::runtime_error("disk");
  }
  net::Awaitable<Result<StartedAction>> start_recognised(std::string, std::string, std::string,
                                                         std::string) override {
    throw std::runtime_error("disk");
  }
  net::Awaitable<Result<CashierView>> returned(std::string) override {
    throw std::runtime_error("disk");
  }
};

// The routes behind the real router, without a socket.
struct Site {
  test::FakeCashier cashier;
  StatusHub hub{{.streams = 2, .streams_per_order = 1}};
  ManualClock clock{test::some_time};
  SeededRandom random{1};
  BuyerPages pages;
  std::vector<api::Route> routes;
  std::string cookie;  ///< The browser's; sent with every request.

  explicit Site(Cashier* other = nullptr)
      : pages(other == nullptr ? cashier : *other, hub, clock, random, "https://pay.example.com"),
        routes(pages.routes()) {}

  Result<net::Response> ask(net::Method method, const std::string& path,
                            const std::string& agent = "", const std::string& body = "") {
    net::Request request;
    request.method = method;
    request.path = path.substr(0, path.find('?'));
    if (request.path.size() < path.size()) request.query = path.substr(request.path.size() + 1);
    request.body = body;
    request.remote_ip = "203.0.113.9";
    request.request_id = "req-77";
    request.headers.set("User-Agent", agent);
    if (!cookie.empty()) request.headers.set("Cookie", cookie);
    net::Router router;
    const net::Handler unused = [](net::Request&) -> net::Awaitable<net::Response> {
      co_return net::Response();
    };
    for (const api::Route& route : routes) router.add({route.method, route.pattern, "", unused});
    const auto match = router.match(request);
    if (!match) return match.error();
    const auto index = static_cast<std::size_t>(*match - router.routes().data());
    api::Context context(request);
    boost::asio::io_context io;
    auto answer =
        boost::asio::co_spawn(io, routes[index].handler(context), boost::asio::use_future);
    io.run();
    return answer.get();
  }

  net::Response get(const std::string& path, const std::string& agent = "") {
    return ask(net::Method::get, path, agent).value();
  }
  net::Response post(const std::string& body) {
    return ask(net::Method::post, "/pay/" + test::some_token + "/pay", "", body).value();
  }
};

std::string location(const net::Response& response) {
  return std::string(response.headers.find("Location").value_or("(absent)"));
}

bool holds(const net::Response& page, std::string_view text) {
  return page.body.find(text) != std::string::npos;
}

const std::string page_path = "/pay/" + test::some_token;
const std::string scanned = "/pay/requestpay/" + test::some_token;
const std::string wanted = "channel=wechat&method=native";

}  // namespace

TEST_CASE("the buyer's routes ask for no key", "[unit][console]") {
  Site site;
  std::set<std::string> patterns;
  for (const api::Route& route : site.routes) {
    CHECK(route.access == api::Access::open);
    patterns.insert(std::string(net::to_string(route.method)) + " " + route.pattern);
  }
  CHECK(patterns == std::set<std::string>{"GET /pay/{token}", "GET /pay/{token}/events",
                                          "GET /pay/{token}/qr.png", "GET /pay/requestpay/{token}",
                                          "GET /pay/return/{token}", "POST /pay/return/{token}",
                                          "POST /pay/{token}/pay"});
}

TEST_CASE("the cashier page is answered with a fresh nonce each time", "[unit][console]") {
  Site site;
  const net::Response first = site.get(page_path);
  const net::Response second = site.get(page_path);
  CHECK(first.status == 200);
  CHECK(first.headers.find("Content-Security-Policy") !=
        second.headers.find("Content-Security-Policy"));
  CHECK(holds(first, "C++ in 30 days"));
}

TEST_CASE("a token that names no order is a page of 404; garbage does not reach the database",
          "[unit][console]") {
  Site site;
  CHECK(site.get("/pay/tok_0123456789-unknown").status == 404);
  CHECK(site.cashier.calls.size() == 1);
  for (const std::string& token :
       {std::string("short"), std::string(65, 'a'), std::string("tok_0123456789'abcdef"),
        std::string("tok_0123456789 abcdef")}) {
    CAPTURE(token);
    const net::Response page = site.get("/pay/" + token);
    CHECK(page.status == 404);
    CHECK(holds(page, "<!doctype html>"));
    CHECK(site.get("/pay/requestpay/" + token).status == 404);
    CHECK(site.get("/pay/return/" + token).status == 404);
    CHECK(site.ask(net::Method::get, "/pay/" + token + "/events").error().code ==
          Errc::order_not_found);
    CHECK(site.ask(net::Method::get, "/pay/" + token + "/qr.png").error().code ==
          Errc::order_not_found);
  }
  CHECK(site.cashier.calls.size() == 1);
}

TEST_CASE("a choice starts that payment and leads back to the page", "[unit][console]") {
  Site site;
  const net::Response answer = site.post(wanted);
  CHECK(answer.status == 303);
  CHECK(location(answer) == page_path + "?go=1");
  CHECK(site.cashier.calls == std::vector<std::string>{"start wechat native 203.0.113.9"});
}

TEST_CASE("a choice that lacks a field or is too long starts nothing", "[unit][console]") {
  Site site;
  for (const std::string& body :
       {std::string(), std::string("channel=wechat"), std::string("channel=&method=native"),
        std::string("method=%zz"), wanted + "&x=" + std::string(5'000, 'x')}) {
    CHECK(site.post(body).status == 422);
  }
  CHECK(site.cashier.calls.empty());
}

TEST_CASE("a payment that cannot be started is told on the page with the error's status",
          "[unit][console]") {
  Site site;
  Error busy(Errc::channel_busy);
  busy.retry_after_s = 3;
  site.cashier.action = busy;
  const net::Response page = site.post(wanted);
  CHECK(page.status == http_status(Errc::channel_busy));
  CHECK(page.headers.find("Retry-After") == "3");
  CHECK(holds(page, R"(role="alert")"));
  CHECK(holds(page, "Choose how to pay"));

  site.cashier.action = StartedAction{"redirect", "javascript:alert(1)"};
  CHECK(site.post(wanted).status == http_status(Errc::channel_refused));
}

TEST_CASE("too many attempts are refused on the page with 429 and when to come again",
          "[unit][console]") {
  Site site;
  site.cashier.action = too_often(11'500);
  for (const net::Response& page :
       {site.post(wanted), site.get("/pay/requestpay/" + test::some_token, wechat_agent)}) {
    CHECK(page.status == 429);
    CHECK(page.headers.find("Retry-After") == "12");
    CHECK(holds(page, "Too many tries at once."));
  }
}

TEST_CASE("a choice for an order that is over leads to the page, which says so",
          "[unit][console]") {
  Site site;
  for (const Errc code : {Errc::order_already_paid, Errc::order_closed}) {
    site.cashier.action = Error(code);
    CHECK(site.post(wanted).status == 303);
  }
}

TEST_CASE("scanned with WeChat, the code of that channel is prepared for a long press",
          "[unit][console]") {
  Site site;
  site.cashier.opens = test::open_qr();
  const net::Response page = site.get("/pay/requestpay/" + test::some_token, wechat_agent);
  CHECK(page.status == 200);
  CHECK(holds(page, "data:image/png;base64,"));
  CHECK(holds(page, "Press and hold the code to pay."));
  CHECK(site.cashier.calls ==
        std::vector<std::string>{"view", "start wechat native 203.0.113.9", "view"});
}

TEST_CASE("scanned with Alipay, the buyer is sent to its page", "[unit][console]") {
  Site site;
  site.cashier.action = StartedAction{"redirect", "https://openapi.alipay.com/gateway.do?a=1&b=2"};
  const net::Response answer = site.get(scanned, alipay_agent);
  CHECK(answer.status == 303);
  CHECK(location(answer) == "https://openapi.alipay.com/gateway.do?a=1&b=2");
  CHECK(site.cashier.calls == std::vector<std::string>{"view", "start alipay wap 203.0.113.9"});
}

TEST_CASE("scanned with WeChat where buyers are recognised, the way leads over WeChat's page",
          "[unit][console]") {
  Site site;
  site.cashier.answer->choices.push_back({"wechat", "jsapi", "WeChat Pay", true});
  const net::Response there = site.get(scanned, wechat_agent);
  CHECK(there.status == 303);
  CHECK(location(there) == "https://open.example/authorize?back=https://pay.example.com" + scanned +
                               "?account=wx-main");
  CHECK(site.cashier.state.size() == 32);
  const std::string set(there.headers.find("Set-Cookie").value_or(""));
  CHECK(set == "tollgate_state=" + site.cashier.state +
                   "; Path=/pay/requestpay/; Max-Age=600; HttpOnly; SameSite=Lax; Secure");

  site.cookie = "other=1; tollgate_state=" + site.cashier.state;
  const net::Response back =
      site.get(scanned + "?account=wx-main&code=0a1B&state=" + site.cashier.state, wechat_agent);
  CHECK(back.status == 303);
  CHECK(location(back) == page_path + "?go=1");
  CHECK(back.headers.find("Set-Cookie")->find("Max-Age=0") != std::string_view::npos);
  CHECK(site.cashier.calls ==
        std::vector<std::string>{"view", "recognise wechat jsapi", "view",
                                 "start_recognised wx-main 0a1B 203.0.113.9"});
}

TEST_CASE("a code that this browser did not fetch starts nothing, and the buyer chooses",
          "[unit][console]") {
  Site site;
  site.cashier.answer->choices.push_back({"wechat", "jsapi", "WeChat Pay", true});
  const std::string state(32, 's');
  const std::string back = scanned + "?account=wx-main&code=0a1B";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "&state=" + state},
      {"tollgate_state=" + std::string(32, 't'), "&state=" + state},
      {"tollgate_state=" + state, ""},
      {"tollgate_state=", "&state="},
      {"tollgate_statement=" + state, "&state=" + state}};
  for (const auto& [cookie, query] : cases) {
    CAPTURE(cookie, query);
    site.cookie = cookie;
    const net::Response page = site.get(back + query, wechat_agent);
    CHECK(page.status == 200);
    CHECK(holds(page, "Choose how to pay"));
  }
  CHECK(std::ranges::all_of(site.cashier.calls, [](const auto& call) { return call == "view"; }));
}

TEST_CASE("a buyer who cannot be recognised reads so and may choose again", "[unit][console]") {
  Site site;
  site.cashier.answer->choices.push_back({"wechat", "jsapi", "WeChat Pay", true});
  site.cashier.action = Error(Errc::channel_unavailable);
  const std::string state(32, 's');
  site.cookie = "tollgate_state=" + state;
  const net::Response page =
      site.get(scanned + "?account=wx-main&code=0a1B&state=" + state, wechat_agent);
  CHECK(page.status == 502);
  CHECK(holds(page, "This way to pay cannot be reached right now."));
  CHECK(holds(page, R"(<a class="choice" href=")" + scanned + R"(")"));
}

TEST_CASE("scanned with nothing that can be started by itself, the buyer chooses",
          "[unit][console]") {
  Site site;
  CHECK(holds(site.get("/pay/requestpay/" + test::some_token), "Choose how to pay"));
  CHECK(holds(site.get("/pay/requestpay/" + test::some_token, phone_agent), "Choose how to pay"));
  CHECK(site.cashier.calls == std::vector<std::string>{"view", "view"});
}

TEST_CASE("scanned when the order is over, nothing is started", "[unit][console]") {
  Site site;
  site.cashier.answer->status = "paid";
  CHECK(holds(site.get("/pay/requestpay/" + test::some_token, wechat_agent), "Paid"));
  site.cashier.answer->status = "unpaid";
  site.clock.set(site.cashier.answer->expires_at);
  CHECK(holds(site.get("/pay/requestpay/" + test::some_token, phone_agent), "Time is up"));
  CHECK(site.cashier.calls == std::vector<std::string>{"view", "view"});
}

TEST_CASE("coming back asks the channel and believes no parameter", "[unit][console]") {
  Site site;
  const net::Response page =
      site.get("/pay/return/" + test::some_token + "?status=paid&trade_status=TRADE_SUCCESS");
  CHECK(holds(page, R"(data-status="unpaid")"));
  CHECK(holds(page, "Confirming your payment"));
  CHECK(site.cashier.calls == std::vector<std::string>{"returned"});
}

TEST_CASE("a channel may post the way back, and is believed no field", "[unit][console]") {
  Site site;
  const auto page = site.ask(net::Method::post, "/pay/return/" + test::some_token, "",
                             "resultCode=0000&orderId=1&signMsg=x");
  REQUIRE(page.has_value());
  CHECK(page->status == 200);
  CHECK(holds(*page, R"(data-status="unpaid")"));
  CHECK(site.cashier.calls == std::vector<std::string>{"returned"});
}

TEST_CASE("the picture is the code of the order's scan_url and may be cached", "[unit][console]") {
  Site site;
  const net::Response picture = site.get(page_path + "/qr.png");
  CHECK(picture.headers.find("Content-Type") == "image/png");
  CHECK(picture.headers.find("Cache-Control")->starts_with("public"));
  CHECK(picture.body == draw_qr_png("https://pay.example.com/pay/requestpay/" + test::some_token));
}

TEST_CASE("event streams over the limit are answered 503", "[unit][console]") {
  Site site;
  const auto stream = site.ask(net::Method::get, page_path + "/events");
  REQUIRE(stream.has_value());
  CHECK(stream->headers.find("Content-Type") == "text/event-stream");
  CHECK(stream->headers.find("Cache-Control") == "no-store");
  CHECK(stream->streamer != nullptr);
  const auto refused = site.ask(net::Method::get, page_path + "/events");
  REQUIRE_FALSE(refused.has_value());
  CHECK(http_status(refused.error().code) == 503);
}

TEST_CASE("a failure inside is a page with the request's id and nothing of the cause (P9)",
          "[unit][console]") {
  BrokenCashier broken;
  Site site(&broken);
  for (const std::string& path :
       {page_path, "/pay/return/" + test::some_token, "/pay/requestpay/" + test::some_token}) {
    const net::Response page = site.get(path);
    CHECK(page.status == 500);
    CHECK(holds(page, "req-77"));
    CHECK_FALSE(holds(page, "disk"));
  }
}
