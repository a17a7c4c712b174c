#include "sandbox/page.hpp"

#include "base/money.hpp"
#include "base/time.hpp"
#include "sandbox/form.hpp"

namespace tollgate::sandbox::page {
namespace {

constexpr std::string_view style = R"(
:root{color-scheme:light dark;--bg:#ededed;--card:#fff;--ink:#191919;--soft:#666;--line:#e5e5e5;--go:#067f42;--go-ink:#fff}
@media(prefers-color-scheme:dark){:root{--bg:#111;--card:#1e1e1e;--ink:#eee;--soft:#a3a3a3;--line:#333}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 -apple-system,BlinkMacSystemFont,"Segoe UI","PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif}
main{max-width:26rem;margin:0 auto;padding:1rem 1rem 3rem}
header{text-align:center;color:var(--soft);font-size:.85rem;padding:.75rem 0}
header b{display:block;color:var(--ink);font-size:1.25rem}
.card{background:var(--card);border-radius:.75rem;padding:1.25rem;margin:0 0 1rem;overflow-wrap:anywhere}
h1{font-size:1.1rem;font-weight:600;margin:0;text-align:center}
.amount{font-size:2.6rem;font-weight:600;text-align:center;margin:.25rem 0 1rem;font-variant-numeric:tabular-nums}
dl{margin:0;border-top:1px solid var(--line);padding-top:.75rem;display:grid;grid-template-columns:auto 1fr;gap:.4rem 1rem;font-size:.9rem}
dl+dl{margin-top:.75rem}
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
@media(min-width:48rem){main{padding-top:6vh}}
)";

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

net::Response make(int status, const Frame& frame, std::string_view content) {
  std::string html =
      "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>";
  html.append(html_escape(frame.title)).append("</title><style>").append(style);
  if (!frame.accent.empty()) html.append(":root{--go:").append(frame.accent).append("}");
  html.append("</style></head><body><main><header>").append(frame.header).append("</header>");
  html.append(content).append("</main></body></html>");
  net::Response response(status, "text/html; charset=utf-8", std::move(html));
  response.headers.set("Cache-Control", "no-store");
  std::string policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
  // A browser holds form-action against the redirects that follow a form, too.
  if (!frame.may_leave) policy += "; form-action 'self'";
  response.headers.set("Content-Security-Policy", policy);
  return response;
}

std::string row(std::string_view label, std::string_view value) {
  std::string out = "<dt>";
  return out.append(label).append("</dt><dd>").append(html_escape(value)).append("</dd>");
}

std::string hidden(std::string_view name, std::string_view value) {
  std::string out = "<input type=\"hidden\" name=\"";
  out.append(html_escape(name)).append("\" value=\"").append(html_escape(value));
  return out.append("\">");
}

std::string form(std::string_view action, std::string_view fields, std::string_view button) {
  std::string out = "<form method=\"post\" action=\"";
  out.append(html_escape(action)).append("\">");
  return out.append(fields).append(button).append("</form>");
}

std::string button(std::string_view label, bool go) {
  std::string out = go ? "<button class=\"go\">" : "<button>";
  return out.append(label).append("</button>");
}

std::string link_button(std::string_view url, std::string_view label) {
  std::string out = "<a class=\"button\" href=\"";
  return out.append(html_escape(url)).append("\">").append(label).append("</a>");
}

std::string card(std::string_view mark, std::string_view title, std::string_view more) {
  std::string out = "<div class=\"card\"><p class=\"mark\" aria-hidden=\"true\">";
  out.append(mark).append("</p><h1>").append(title).append("</h1>");
  return out.append(more).append("</div>");
}

std::string receipt(const Trade& trade, std::string_view shop) {
  const bool paid = trade.state == TradeState::success;
  const std::int64_t amount = paid ? trade.paid_amount : trade.amount;
  std::string out = "<h1>" + html_escape(shop) + "</h1><p class=\"amount\">";
  out += html_escape(money_text(amount, trade.currency)) + "</p><dl>";
  out += row("商品 · Item", trade.description);
  out += row("商户号 · Merchant", trade.key.mch_id);
  out += row("商户单号 · Order", trade.number());
  if (paid) out += row("支付时间 · Paid at", to_rfc3339(trade.paid_at));
  return out + "</dl>";
}

std::string way_back(const WayBack& way) {
  constexpr std::string_view label = "返回商家 · Back to the shop";
  if (way.url.empty()) return "";
  if (way.form.empty()) return link_button(way.url, label);
  std::string fields;
  for (const auto& [name, value] : parse_form(way.form).value_or(Fields{}))
    fields += hidden(name, value);
  return form(way.url, fields, button(label, true));
}

}  // namespace tollgate::sandbox::page
