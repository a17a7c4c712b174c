// A cashier that answers what a test puts in.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "console/cashier.hpp"

namespace tollgate::console::test {

inline constexpr TimeMs some_time{1'767'225'600'000};
inline const std::string some_token = "tok_0123456789-abcdef";

inline CashierView course_order() {
  CashierView view;
  view.order = OrderId(183'940'265'011'200'001);
  view.token = some_token;
  view.status = "unpaid";
  view.description = "C++ in 30 days";
  view.currency = "CNY";
  view.amount = 9'900;
  view.items = {{"C++ in 30 days", 8'900, 1}, {"Printed handbook", 500, 2}};
  view.expires_at = some_time.plus_s(1'799);
  view.choices = {{"wechat", "native", "WeChat Pay"}, {"wechat", "h5", "WeChat Pay"},
                  {"alipay", "page", "Alipay"},       {"alipay", "wap", "Alipay"},
                  {"paypal", "redirect", "PayPal"},   {"stone", "checkout", "Bank card"}};
  return view;
}

inline Attempt open_qr() {
  return {"wechat", "native", "WeChat Pay", "qr", "weixin://wxpay/bizpayurl?pr=qJ9aX2bZz",
          some_time};
}

inline Attempt open_bridge() {
  return {"wechat",
          "jsapi",
          "WeChat Pay",
          "jsapi",
          R"({"appId":"wx2421b1c4370ec43b","package":"prepay_id=wx2016"})",
          some_time};
}

inline Attempt open_redirect() {
  return {"paypal",
          "redirect",
          "PayPal",
          "redirect",
          "https://www.paypal.com/checkoutnow?token=5O190127TN364715T",
          some_time};
}

class FakeCashier final : public Cashier {
 public:
  Result<CashierView> answer = course_order();
  Result<StartedAction> action = StartedAction{"qr", "weixin://wxpay/bizpayurl?pr=qJ9aX2bZz"};
  std::optional<Attempt> opens;    ///< What the view shows after a start.
  std::vector<std::string> calls;  ///< "view", "start wechat native 203.0.113.9", "returned" …
  std::string state;               ///< What the last buyer to be recognised was sent with.

  net::Awaitable<Result<CashierView>> view(std::string token) override {
    co_return seen("view", token);
  }

  net::Awaitable<Result<StartedAction>> start(std::string, std::string channel, std::string method,
                                              std::string client_ip) override {
    calls.push_back("start " + channel + " " + method + " " + client_ip);
    if (action && answer) answer->open_attempt = opens;
    co_return action;
  }

  net::Awaitable<Result<Recognition>> recognise(std::string, Choice choice, std::string with,
                                                WayBack back) override {
    calls.push_back("recognise " + choice.channel + " " + choice.method);
    state = std::move(with);
    if (!action) co_return action.error();
    co_return Recognition{"wx-main", "https://open.example/authorize?back=" + back("wx-main")};
  }

  net::Awaitable<Result<StartedAction>> start_recognised(std::string, std::string account_id,
                                                         std::string code,
                                                         std::string client_ip) override {
    calls.push_back("start_recognised " + account_id + " " + code + " " + client_ip);
    co_return action;
  }

  net::Awaitable<Result<CashierView>> returned(std::string token) override {
    co_return seen("returned", token);
  }

 private:
  Result<CashierView> seen(const char* call, const std::string& token) {
    calls.emplace_back(call);
    if (token != some_token) return Error(Errc::order_not_found);
    return answer;
  }
};

}  // namespace tollgate::console::test
