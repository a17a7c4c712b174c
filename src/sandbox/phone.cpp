#include "sandbox/phone.hpp"

#include <optional>
#include <utility>

#include "base/money.hpp"
#include "base/time.hpp"

namespace tollgate::sandbox {
namespace {

constexpr std::size_t listed_trades = 50;

constexpr std::string_view style = R"(
:root{color-scheme:light dark;--bg:#ededed;--card:#fff;--ink:#191919;--soft:#737373;--line:#e5e5e5;--go:#07c160;--go-ink:#fff}
@media(prefers-color-scheme:dark){:root{--bg:#111;--card:#1e1e1e;--ink:#eee;--soft:#a3a3a3;--line:#333;--go:#06ad56}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 -apple-system,BlinkMacSystemFont,"Segoe UI","PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif}
main{max-width:26rem;margin:0 auto;padding:1rem 1rem 3rem}
header{text-align:center;color:var(--soft);font-size:.85rem;padding:.75rem 0}
.card{background:var(--card);border-radius:.75rem;padding:1.25rem;margin:0 0 1rem;overflow-wrap:anywhere}
h1{font-size:1.1rem;font-weight:600;margin:0;text-align:center}
.amount{font-size:2.6rem;font-weight:600;text-align:center;margin:.25rem 0 1rem;font-variant-numeric:tabular-nums}
dl{margin:0;border-top:1px solid var(--line);padding-top:.75rem;display:grid;grid-template-columns:auto 1fr;gap:.4rem 1rem;font-size:.9rem}
dt{color:var(--soft)}dd{margin:0;text-align:right}
button,.button{display:block;width:100%;min-height:3rem;border:0;border-radius:.5rem;font:inherit;font-weight:600;padding:.7rem;margin-top:.75rem;text-align:center;text-decoration:none;cursor:pointer;background:var(--line);color:var(--ink)}
button.go{background:var(--go);color:var(--go-ink)}
button:focus-visible,a:focus-visible,input:focus-visible{outline:3px solid var(--go);outline-offset:2px}
label{display:block;font-size:.9rem;color:var(--soft);margin-bottom:.4rem}
input{width:100%;min-height:3rem;font:inherit;padding:.6rem .75rem;border:1px solid var(--line);border-radius:.5rem;background:var(--bg);color:var(--ink)}
ul{list-style:none;margin:0;padding:0}li+li{border-top:1px solid var(--line)}
li a{display:flex;justify-content:space-between;gap:1rem;padding:.85rem 0;color:inherit;text-decoration:none}
li small{color:var(--soft);display:block}li b{white-space:nowrap;font-variant-numeric:tabular-nums}
.mark{font-size:2.5rem;text-align:center;margin:0;line-height:1.2}.soft{color:var(--soft);text-align:center;margin:.5rem 0}
)";

net::Response page(int status, std::string_view title, std::string_view content) {
  std::string html =
      "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>";
  html.append(html_escape(title)).append("</title><style>").append(style);
  html.append("</style></head><body><main><header>模拟手机 · Simulated phone</header>");
  html.append(content).append("</main></body></html>");
  net::Response response(status, "text/html; charset=utf-8", std::move(html));
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Content-Security-Policy",
                       "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'");
  return response;
}

std::string row(std::string_view label, std::string_view value) {
  std::string out = "<dt>";
  return out.append(label).append("</dt><dd>").append(html_escape(value)).append("</dd>");
}

std::string result_card(std::string_view mark, std::string_view title, std::string_view more) {
  std::string out = "<div class=\"card\"><p class=\"mark\" aria-hidden=\"true\">";
  out.append(mark).append("</p><h1>").append(title).append("</h1>").append(more);
  return out.append("</div><a class=\"button\" href=\"/_sandbox/phone\">返回 · Back</a>");
}

net::Response not_found_page() {
  return page(
      404, "Not found",
      result_card("?", "没有这笔交易 · No such trade",
                  "<p class=\"soft\">二维码或链接无效 · The code or link is not valid</p>"));
}

/// One value of a form (application/x-www-form-urlencoded); the first of that name.
std::string form_value(std::string_view form, std::string_view name) {
  while (!form.empty()) {
    const auto end = form.find('&');
    const std::string_view pair = form.substr(0, end);
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name)
      return net::percent_decode(pair.substr(equals + 1), true).value_or("");
    if (end == std::string_view::npos) break;
    form.remove_prefix(end + 1);
  }
  return "";
}

/// Only a web address may be gone back to.
std::string safe_return(std::string_view url) {
  const bool web = url.starts_with("https://") || url.starts_with("http://");
  return web && url.size() <= 2000 ? std::string(url) : std::string();
}

std::string hidden(std::string_view name, std::string_view value) {
  std::string out = "<input type=\"hidden\" name=\"";
  return out.append(name).append("\" value=\"").append(html_escape(value)).append("\">");
}

std::string form(std::string_view action, std::string_view fields, std::string_view button) {
  std::string out = "<form method=\"post\" action=\"/_sandbox/phone/";
  return out.append(action).append("\">").append(fields).append(button).append("</form>");
}

std::string return_link(std::string_view url) {
  if (url.empty()) return "";
  return "<a class=\"button\" href=\"" + html_escape(url) + "\">返回商家 · Back to the shop</a>";
}

net::Awaitable<net::Response> at_once(net::Response response) {
  co_return response;
}

}  // namespace

std::string money_text(std::int64_t minor, std::string_view currency) {
  const auto known = Currency::parse(currency);
  if (!known) return std::to_string(minor) + " " + std::string(currency);
  const std::string decimal = Money(minor, *known).to_decimal();
  return currency == "CNY" ? "¥" + decimal : decimal + " " + std::string(currency);
}

std::string html_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

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
  if (!code || code->empty()) return page(200, "Simulated phone", trade_list());
  const auto trade = cashier_.find_handle(*code);
  if (!trade) return not_found_page();
  const std::string return_url = safe_return(request.query_param("redirect_url").value_or(""));
  return page(200, "Pay", trade_page(*trade, *code, return_url));
}

std::string Phone::trade_list() const {
  std::string out =
      "<form class=\"card\" method=\"get\" action=\"/_sandbox/phone\"><label for=\"code\">扫码内容 "
      "· "
      "Scanned text</label><input id=\"code\" name=\"code\" required autocomplete=\"off\" "
      "placeholder=\"weixin://wxpay/bizpayurl?pr=…\"><button class=\"go\">打开 · "
      "Open</button></form>"
      "<section class=\"card\"><h1>待支付 · Waiting for payment</h1>";
  const auto trades = context_.ledger.payable(context_.clock.now(), listed_trades);
  if (trades.empty()) return out + "<p class=\"soft\">暂无订单 · Nothing to pay</p></section>";
  out += "<ul>";
  for (const auto& trade : trades) {
    out.append("<li><a href=\"/_sandbox/phone?code=").append(net::percent_encode(trade.handle));
    out.append("\"><span>").append(html_escape(trade.description)).append("<small>");
    out.append(html_escape(cashier_.channel(trade.key.channel)->shop(trade.key.mch_id)));
    out.append("</small></span><b>").append(money_text(trade.amount, trade.currency));
    out.append("</b></a></li>");
  }
  return out + "</ul></section>";
}

std::string Phone::trade_page(const Trade& trade, std::string_view code,
                              std::string_view return_url) const {
  if (trade.state == TradeState::success)
    return result_card("✓", "已支付 · Paid", receipt(trade)) + return_link(return_url);
  if (trade.state == TradeState::closed)
    return result_card("×", "订单已关闭 · The order is closed", receipt(trade)) +
           return_link(return_url);
  if (context_.clock.now() >= trade.expires_at)
    return result_card("×", "订单已过期 · The order has expired", receipt(trade)) +
           return_link(return_url);
  const std::string fields = hidden("code", code) + hidden("redirect_url", return_url);
  return "<div class=\"card\">" + receipt(trade) + "</div>" +
         form("pay", fields, "<button class=\"go\">确认支付 · Pay</button>") +
         form("cancel", fields, "<button>取消 · Cancel</button>");
}

std::string Phone::receipt(const Trade& trade) const {
  const Channel& channel = *cashier_.channel(trade.key.channel);
  const bool paid = trade.state == TradeState::success;
  const std::int64_t amount = paid ? trade.paid_amount : trade.amount;
  std::string out = "<h1>" + html_escape(channel.shop(trade.key.mch_id)) + "</h1>";
  out += "<p class=\"amount\">" + html_escape(money_text(amount, trade.currency)) + "</p><dl>";
  out += row("商品 · Item", trade.description);
  out += row("商户号 · Merchant", trade.key.mch_id);
  out += row("商户单号 · Order", trade.key.out_trade_no);
  if (paid) out += row("支付时间 · Paid at", to_rfc3339(trade.paid_at));
  return out + "</dl>";
}

net::Response Phone::pay(net::Request& request) {
  const std::string code = form_value(request.body, "code");
  const std::string return_url = safe_return(form_value(request.body, "redirect_url"));
  const auto trade = cashier_.find_handle(code);
  if (!trade) return not_found_page();
  const Change change = cashier_.pay(*trade);
  const bool done = change.verdict == Verdict::done;
  if (!done) return page(409, "Not paid", trade_page(change.trade, code, return_url));
  return page(200, "Paid",
              result_card("✓", "支付成功 · Paid", receipt(change.trade)) + return_link(return_url));
}

net::Response Phone::cancel(net::Request& request) {
  const auto trade = cashier_.find_handle(form_value(request.body, "code"));
  if (!trade) return not_found_page();
  const std::string return_url = safe_return(form_value(request.body, "redirect_url"));
  return page(
      200, "Cancelled",
      result_card("×", "已取消 · Cancelled", "<p class=\"soft\">没有付款 · Nothing was paid</p>") +
          return_link(return_url));
}

}  // namespace tollgate::sandbox
