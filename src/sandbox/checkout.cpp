#include "sandbox/checkout.hpp"

#include <optional>
#include <utility>

#include "sandbox/form.hpp"
#include "sandbox/page.hpp"

namespace tollgate::sandbox {
namespace {

using page::button;
using page::html_escape;

constexpr std::size_t longest_account = 100;

net::Awaitable<net::Response> at_once(net::Response response) {
  co_return response;
}

std::string step_url(const Trade& trade, std::string_view step) {
  std::string out(Checkout::path);
  out += trade.handle;
  if (!step.empty()) out.append("/").append(step);
  return out;
}

std::string typed_account(const net::Request& request) {
  std::string account = field_of(parse_form(request.body).value_or(Fields{}), "account");
  if (account.size() > longest_account) account.resize(longest_account);
  return account;
}

}  // namespace

std::vector<net::Route> Checkout::routes() {
  return {route(net::Method::get, "", &Checkout::log_in),
          route(net::Method::post, "/confirm", &Checkout::confirm),
          route(net::Method::post, "/pay", &Checkout::pay),
          route(net::Method::post, "/decline", &Checkout::decline),
          route(net::Method::post, "/leave", &Checkout::leave)};
}

net::Route Checkout::route(net::Method method, std::string_view step, Page page) {
  auto handler = [this, page](net::Request& request) {
    const auto trade = cashier_.scan(request.params.front());
    if (trade) return at_once((this->*page)(request, *trade));
    return at_once(page::make(404, {"Not found", "", "", false},
                              page::card("?", "没有这笔交易 · No such trade", "")));
  };
  return {method, std::string(path) + "{handle}" + std::string(step), "", std::move(handler)};
}

net::Response Checkout::frame(int status, const Trade& trade, std::string_view content) const {
  const Brand brand = cashier_.channel_of(trade).brand();
  const std::string header =
      "<b>" + std::string(brand.title) + "</b>模拟收银台 · Simulated checkout";
  return page::make(status, {std::string(brand.title), header, std::string(brand.accent), true},
                    content);
}

std::optional<net::Response> Checkout::over(const Trade& trade) const {
  std::string_view title;
  const bool good = trade.state == TradeState::success || trade.state == TradeState::pending ||
                    trade.state == TradeState::approved;
  if (good)
    title = trade.state == TradeState::approved ? "已同意付款 · Approved" : "已支付 · Paid";
  else if (trade.state == TradeState::closed)
    title = "订单已关闭 · The order is closed";
  else if (trade.state == TradeState::failed)
    title = "支付失败 · The payment failed";
  else if (context_.clock.now() >= trade.expires_at)
    title = "订单已过期 · The order has expired";
  else
    return std::nullopt;
  const WayBack way =
      cashier_.channel_of(trade).way_back(trade, good ? Departure::paid : Departure::left);
  return frame(200, trade,
               page::card(good ? "✓" : "×", title, page::receipt(trade, cashier_.shop(trade))) +
                   page::way_back(way));
}

net::Response Checkout::log_in(const net::Request&, const Trade& trade) {
  if (auto page = over(trade)) return *page;
  const Brand brand = cashier_.channel_of(trade).brand();
  const std::string field = "<div class=\"card\"><label for=\"account\">" +
                            std::string(brand.account_label) +
                            "</label><input id=\"account\" name=\"account\" required "
                            "autocomplete=\"off\" value=\"" +
                            html_escape(brand.sample_account) + "\"></div>";
  return frame(200, trade,
               "<div class=\"card\">" + page::receipt(trade, cashier_.shop(trade)) + "</div>" +
                   page::form(step_url(trade, "confirm"), field, button("继续 · Continue", true)) +
                   page::form(step_url(trade, "leave"), "", button("离开 · Walk away")));
}

net::Response Checkout::confirm(const net::Request& request, const Trade& trade) {
  if (auto page = over(trade)) return *page;
  const Brand brand = cashier_.channel_of(trade).brand();
  const std::string account = typed_account(request);
  const std::string fields = page::hidden("account", account);
  return frame(200, trade,
               "<div class=\"card\">" + page::receipt(trade, cashier_.shop(trade)) + "<dl>" +
                   page::row(brand.account_label, account) + "</dl></div>" +
                   page::form(step_url(trade, "pay"), fields, button(brand.pay_label, true)) +
                   page::form(step_url(trade, "decline"), fields,
                              button("银行拒绝 · Let the bank decline")) +
                   page::form(step_url(trade, "leave"), fields, button("离开 · Walk away")));
}

net::Response Checkout::pay(const net::Request& request, const Trade& trade) {
  PayWish wish;
  wish.payer = typed_account(request);
  const Change change = cashier_.channel_of(trade).buyer_pays(trade, wish);
  if (change.verdict != Verdict::done)
    if (auto page = over(change.trade)) return page->status = 409, *page;
  return leave_to(change.trade, Departure::paid, "✓", "支付成功 · Paid");
}

net::Response Checkout::decline(const net::Request&, const Trade& trade) {
  if (auto page = over(trade)) return page->status = 409, *page;
  const Change change = cashier_.channel_of(trade).bank_declines(trade);
  if (change.trade.state != TradeState::notpay)
    return leave_to(change.trade, Departure::declined, "×", "支付失败 · The payment failed");
  return frame(200, trade,
               page::card("×", "银行拒绝了 · The bank declined",
                          "<p class=\"soft\">没有付款 · Nothing was paid</p>") +
                   page::link_button(step_url(trade, ""), "换一种方式 · Try another way") +
                   page::form(step_url(trade, "leave"), "", button("离开 · Walk away")));
}

net::Response Checkout::leave(const net::Request&, const Trade& trade) {
  return leave_to(trade, Departure::left, "×", "没有付款 · Nothing was paid");
}

net::Response Checkout::leave_to(const Trade& trade, Departure departure, std::string_view mark,
                                 std::string_view title) const {
  const WayBack way = cashier_.channel_of(trade).way_back(trade, departure);
  if (!way.url.empty() && way.form.empty()) {
    net::Response response;
    response.status = 303;
    response.headers.set("Location", way.url);
    response.headers.set("Cache-Control", "no-store");
    return response;
  }
  return frame(
      200, trade,
      page::card(mark, title, page::receipt(trade, cashier_.shop(trade))) + page::way_back(way));
}

}  // namespace tollgate::sandbox
