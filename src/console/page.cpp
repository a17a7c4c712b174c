#include "console/page.hpp"

#include <algorithm>

#include "base/money.hpp"
#include "base/time.hpp"
#include "console/amount.hpp"
#include "console/icons.hpp"
#include "console/page_panels.hpp"
#include "console/script.hpp"
#include "console/style.hpp"

namespace tollgate::console {
namespace {

constexpr std::size_t long_amount = 12;  // characters that no longer fit a phone in the large size

struct Shell {
  std::string title;
  Html head;  // further elements of <head>
  Html body;  // <main> and what follows
  bool plain = false;
  bool script = false;
};

Html shell_html(const Shell& shell, const Visit& visit) {
  Html page;
  page.raw("<!doctype html>\n<html").attribute("lang", visit.texts.lang);
  page.raw(
      R"(><head><meta charset="utf-8">)"
      R"(<meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover">)"
      R"(<meta name="robots" content="noindex">)"
      R"(<meta name="format-detection" content="telephone=no">)"
      R"(<link rel="icon" href="data:,"><title>)");
  page.text(shell.title)
      .raw("</title>")
      .html(shell.head)
      .raw("<style")
      .attribute("nonce", visit.nonce);
  page.raw(">").raw(style_sheet).raw("</style></head><body>");
  page.raw(shell.plain ? Markup(R"(<header class="top plain">)")
                       : Markup(R"(<header class="top">)"));
  page.raw(icons::lock).text(visit.texts.checkout).raw("</header>").html(shell.body);
  if (shell.script) {
    page.raw(R"(<p id="live" class="sr" role="status" aria-live="polite"></p><script)");
    page.attribute("nonce", visit.nonce).raw(">").raw(page_script).raw("</script>");
  }
  page.raw("</body></html>\n");
  return page;
}

net::Response respond(int status, const Shell& shell, const Visit& visit,
                      const std::optional<std::string>& form_origin = {}) {
  net::Response response(status, "text/html; charset=utf-8", shell_html(shell, visit).take());
  const std::string nonce = "'nonce-" + visit.nonce + "'";
  const std::string targets = form_origin ? "'self' " + *form_origin : "'self'";
  response.headers.set("Content-Security-Policy",
                       "default-src 'none'; img-src 'self' data:; style-src " + nonce +
                           "; script-src " + nonce + "; connect-src 'self'; form-action " +
                           targets + "; frame-ancestors 'none'; base-uri 'none'");
  response.headers.set("X-Frame-Options", "DENY");
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("Referrer-Policy", "no-referrer");
  response.headers.set("Cache-Control", "no-store");
  return response;
}

std::string time_left(TimeMs from, TimeMs to) {
  const std::int64_t seconds = std::max<std::int64_t>(0, (to.ms - from.ms + 999) / 1000);
  const auto two = [](std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  const std::int64_t hours = seconds / 3600;
  const std::int64_t minutes = seconds / 60 % 60;
  return (hours > 0 ? std::to_string(hours) + ":" + two(minutes) : std::to_string(minutes)) + ":" +
         two(seconds % 60);
}

void countdown(Html& html, const CashierView& view, const Visit& visit) {
  html.raw(R"(<p class="count">)").text(visit.texts.time_left).raw("<time");
  html.attribute("datetime", to_rfc3339(view.expires_at));
  html.attribute("data-expires", std::to_string(view.expires_at.ms));
  html.attribute("data-now", std::to_string(visit.now.ms));
  html.raw(">").text(time_left(visit.now, view.expires_at)).raw("</time></p>");
}

void summary(Html& html, const CashierView& view, const Visit& visit, PanelKind kind) {
  const AmountText amount = amount_text(view.amount, view.currency);
  html.raw(R"(<section class="head"><h1>)").text(view.description).raw(R"(</h1><p class="due">)");
  html.text(kind == PanelKind::done ? visit.texts.amount : visit.texts.amount_due).raw("</p>");
  html.raw(amount.number.size() > long_amount ? Markup(R"(<data class="amount long")")
                                              : Markup(R"(<data class="amount")"));
  html.attribute("value", amount.decimal).raw(">");
  if (!amount.symbol.empty()) html.raw("<small>").text(amount.symbol).raw("</small>");
  html.text(amount.number).raw("<abbr>").text(amount.code).raw("</abbr></data>");
  if (kind != PanelKind::done && kind != PanelKind::time_up) countdown(html, view, visit);
  html.raw("</section>");
}

bool says_no_more_than_the_description(const CashierView& view) {
  return view.items.size() == 1 && view.items.front().quantity == 1 &&
         view.items.front().name == view.description;
}

void items(Html& html, const CashierView& view) {
  if (view.items.empty() || says_no_more_than_the_description(view)) return;
  html.raw(R"(<ul class="items">)");
  for (const Item& item : view.items) {
    html.raw("<li><span>").text(item.name).raw("</span>");
    if (item.quantity != 1) html.raw("<small>× ").number(item.quantity).raw("</small>");
    const auto currency = Currency::parse(view.currency);
    const auto price =
        currency ? Money(item.unit_price, *currency).times(item.quantity) : std::nullopt;
    if (price) {
      const AmountText line = amount_text(price->amount_minor(), view.currency);
      html.raw("<data").attribute("value", line.decimal).raw(">").text(line.brief()).raw("</data>");
    }
    html.raw("</li>");
  }
  html.raw("</ul>");
}

void details(Html& html, const CashierView& view, const Texts& texts) {
  html.raw(R"(<section class="details">)");
  items(html, view);
  html.raw(R"(<dl class="facts"><div><dt>)").text(texts.order).raw("</dt><dd>");
  html.text(view.order.str()).raw("</dd></div></dl></section>");
}

std::string title_of(const CashierView& view, const Panel& panel) {
  return panel.heading + " · " + amount_text(view.amount, view.currency).brief();
}

void main_tag(Html& html, const CashierView& view, const Visit& visit, const Panel& panel) {
  const std::string page = visit.base_path + "/pay/" + view.token;
  const bool leaves = panel.kind == PanelKind::redirect || panel.kind == PanelKind::form ||
                      panel.kind == PanelKind::bridge;
  html.raw("<main")
      .attribute("data-status", view.status)
      .attribute("data-final", is_final(view.status) ? "1" : "0")
      .attribute("data-heading", panel.heading)
      .attribute("data-title", title_of(view, panel))
      .attribute("data-page", page)
      .attribute("data-events", page + "/events")
      .attribute("data-go", visit.go_on && leaves ? "1" : "0")
      .raw(">");
}

// Without scripts the page looks again by itself.
Html reload(const CashierView& view, const Visit& visit) {
  Html html;
  if (is_final(view.status)) return html;
  const std::string page = visit.base_path + "/pay/" + view.token;
  html.raw(R"(<noscript><meta http-equiv="refresh")").attribute("content", "10;url=" + page);
  html.raw("></noscript>");
  return html;
}

net::Response notice_page(int status, std::string_view title, std::string_view hint,
                          std::string_view request_id, const Visit& visit) {
  Shell shell;
  shell.title = title;
  shell.plain = true;
  shell.body.raw(R"(<main class="plain"><section class="panel"><div class="notice">)")
      .raw(icons::dash)
      .raw("<h2>")
      .text(title)
      .raw(R"(</h2><p class="hint">)")
      .text(hint)
      .raw("</p>");
  if (!request_id.empty()) {
    shell.body.raw(R"(<p class="hint">)").text(visit.texts.request).raw(": <code>");
    shell.body.text(request_id).raw("</code></p>");
  }
  shell.body.raw("</div></section></main>");
  return respond(status, shell, visit);
}

}  // namespace

net::Response cashier_page(const CashierView& view, const Visit& visit) {
  const Panel panel = make_panel(view, visit);
  Shell shell;
  shell.title = title_of(view, panel);
  shell.head = reload(view, visit);
  shell.script = true;
  main_tag(shell.body, view, visit, panel);
  summary(shell.body, view, visit, panel.kind);
  shell.body.raw(R"(<section class="panel">)").html(panel.html).raw("</section>");
  details(shell.body, view, visit.texts);
  shell.body.raw("</main>");
  return respond(200, shell, visit, panel.form_origin);
}

net::Response not_found_page(const Visit& visit) {
  return notice_page(404, visit.texts.not_found, visit.texts.not_found_hint, {}, visit);
}

net::Response error_page(int status, std::string_view request_id, const Visit& visit) {
  return notice_page(status, visit.texts.error, visit.texts.error_hint, request_id, visit);
}

}  // namespace tollgate::console
