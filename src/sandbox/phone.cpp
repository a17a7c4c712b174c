#include "sandbox/phone.hpp"

#include <optional>
#include <utility>

#include "sandbox/form.hpp"
#include "sandbox/page.hpp"

namespace tollgate::sandbox {
namespace {

using page::button;
using page::html_escape;

constexpr std::size_t listed_trades = 50;

net::Response phone_page(int status, std::string_view title, std::string_view content) {
  return page::make(status, {std::string(title), "模拟手机 · Simulated phone", "", false}, content);
}

std::string result(std::string_view mark, std::string_view title, std::string_view more) {
  return page::card(mark, title, more) + page::link_button("/_sandbox/phone", "返回 · Back");
}

net::Response not_found_page() {
  return phone_page(404, "Not found",
                    result("?", "没有这笔交易 · No such trade",
                           "<p class=\"soft\">二维码或链接无效 · The code or link is not "
                           "valid</p>"));
}

/// Only a web address may be gone back to.
std::string safe_return(std::string_view url) {
  const bool web = url.starts_with("https://") || url.starts_with("http://");
  return web && url.size() <= 2000 ? std::string(url) : std::string();
}

std::string form_value(const net::Request& request, std::string_view name) {
  return field_of(parse_form(request.body).value_or(Fields{}), name);
}

net::Awaitable<net::Response> at_once(net::Response response) {
  co_return response;
}

}  // namespace

std::vector<net::Route> Phone::routes() {
  return {route(net::Method::get, "/_sandbox/phone", &Phone::show),
          route(net::Method::post, "/_sandbox/phone/pay", &Phone::pay),
          route(net::Method::post, "/_sandbox/phone/cancel", &Phone::cancel)};
}

net::Route Phone::route(net::Method method, std::string pattern, Page page) {
  auto handler = [this, page](net::Request& request) { return at_once((this->*page)(request)); };
  return {method, std::move(pattern), "", std::move(handler)};
}

net::Response Phone::show(net::Request& request) {
  const auto code = request.query_param("code");
  if (!code || code->empty()) return phone_page(200, "Simulated phone", trade_list());
  const auto trade = cashier_.scan(*code);
  if (!trade) return not_found_page();
  const std::string return_url = safe_return(request.query_param("redirect_url").value_or(""));
  return phone_page(200, "Pay", trade_page(*trade, trade->handle, return_url));
}

std::string Phone::trade_list() const {
  std::string out =
      "<form class=\"card\" method=\"get\" action=\"/_sandbox/phone\"><label for=\"code\">扫码内容 "
      "· Scanned text</label><input id=\"code\" name=\"code\" required autocomplete=\"off\" "
      "placeholder=\"weixin://…  https://qr.alipay.com/…\"><button class=\"go\">打开 · "
      "Open</button></form><section class=\"card\"><h1>待支付 · Waiting for payment</h1>";
  const auto trades = context_.ledger.payable(context_.clock.now(), listed_trades);
  if (trades.empty()) return out + "<p class=\"soft\">暂无订单 · Nothing to pay</p></section>";
  out += "<ul>";
  for (const auto& trade : trades) {
    out.append("<li><a href=\"").append(html_escape(cashier_.page_of(trade))).append("\"><span>");
    out.append(html_escape(trade.description)).append("<small>");
    out.append(cashier_.channel_of(trade).brand().title).append(" · ");
    out.append(html_escape(cashier_.shop(trade))).append("</small></span><b>");
    out.append(page::money_text(trade.amount, trade.currency)).append("</b></a></li>");
  }
  return out + "</ul></section>";
}

std::string Phone::trade_page(const Trade& trade, std::string_view code,
                              std::string_view return_url) const {
  const std::string receipt = page::receipt(trade, cashier_.shop(trade));
  const std::string back = page::way_back({std::string(return_url), ""});
  switch (trade.state) {
    case TradeState::notpay:
      break;
    case TradeState::closed:
      return result("×", "订单已关闭 · The order is closed", receipt) + back;
    case TradeState::failed:
      return result("×", "支付失败 · The payment failed", receipt) + back;
    default:
      return result("✓", "已支付 · Paid", receipt) + back;
  }
  if (context_.clock.now() >= trade.expires_at)
    return result("×", "订单已过期 · The order has expired", receipt) + back;
  const std::string fields = page::hidden("code", code) + page::hidden("redirect_url", return_url);
  return "<div class=\"card\">" + receipt + "</div>" +
         page::form("/_sandbox/phone/pay", fields, button("确认支付 · Pay", true)) +
         page::form("/_sandbox/phone/cancel", fields, button("取消 · Cancel"));
}

net::Response Phone::pay(net::Request& request) {
  const std::string return_url = safe_return(form_value(request, "redirect_url"));
  const auto trade = cashier_.scan(form_value(request, "code"));
  if (!trade) return not_found_page();
  const Change change = cashier_.channel_of(*trade).buyer_pays(*trade, {});
  if (change.verdict != Verdict::done)
    return phone_page(409, "Not paid", trade_page(change.trade, trade->handle, return_url));
  const std::string receipt = page::receipt(change.trade, cashier_.shop(change.trade));
  return phone_page(200, "Paid",
                    result("✓", "支付成功 · Paid", receipt) + page::way_back({return_url, ""}));
}

net::Response Phone::cancel(net::Request& request) {
  const auto trade = cashier_.scan(form_value(request, "code"));
  if (!trade) return not_found_page();
  const std::string return_url = safe_return(form_value(request, "redirect_url"));
  return phone_page(
      200, "Cancelled",
      result("×", "已取消 · Cancelled", "<p class=\"soft\">没有付款 · Nothing was paid</p>") +
          page::way_back({return_url, ""}));
}

}  // namespace tollgate::sandbox
