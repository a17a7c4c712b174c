#include "console/page_panels.hpp"

#include <array>

#include "base/crypto.hpp"
#include "console/icons.hpp"
#include "console/qr.hpp"
#include "console/web_address.hpp"

namespace tollgate::console {
namespace {

constexpr std::size_t shown_pixels_per_module = 6;

struct EndRow {
  std::string_view status;
  Markup icon;
  std::string_view Texts::*heading;
  std::string_view Texts::*hint;
};

constexpr std::array<EndRow, 5> ends{{
    {"paid", icons::check, &Texts::paid, &Texts::paid_hint},
    {"refunded", icons::back, &Texts::refunded, &Texts::refunded_hint},
    {"cancelled", icons::dash, &Texts::cancelled, &Texts::cancelled_hint},
    {"expired", icons::hourglass, &Texts::expired, &Texts::expired_hint},
    {"failed", icons::cross, &Texts::failed, &Texts::failed_hint},
}};

const EndRow* end_of(std::string_view status) {
  for (const EndRow& row : ends)
    if (row.status == status) return &row;
  return nullptr;
}

void heading(Panel& panel, std::string text) {
  panel.html.raw("<h2>").text(text).raw("</h2>");
  panel.heading = std::move(text);
}

void hint(Panel& panel, std::string_view text) {
  panel.html.raw(R"(<p class="hint">)").text(text).raw("</p>");
}

void notice(Panel& panel, Markup icon, std::string_view title, std::string_view explanation) {
  panel.html.raw(R"(<div class="notice">)").raw(icon);
  heading(panel, std::string(title));
  hint(panel, explanation);
  panel.html.raw("</div>");
}

void shop_link(Panel& panel, const CashierView& view, const Texts& texts) {
  if (!is_web_address(view.return_url)) return;
  panel.html.raw(R"(<a class="button quiet")").attribute("href", view.return_url).raw(">");
  panel.html.text(texts.back_to_shop).raw("</a>");
}

std::string_view alert_text(const Texts& texts, Errc code) {
  switch (code) {
    case Errc::channel_unavailable:
    case Errc::service_unavailable:
      return texts.alert_unavailable;
    case Errc::channel_refused:
    case Errc::method_unavailable:
      return texts.alert_refused;
    case Errc::channel_busy:
    case Errc::rate_limited:
      return texts.alert_busy;
    default:
      return texts.alert_other;
  }
}

void alert(Panel& panel, const Visit& visit) {
  if (!visit.alert) return;
  panel.html.raw(R"(<p class="alert" role="alert">)").text(alert_text(visit.texts, *visit.alert));
  panel.html.raw("</p>");
}

std::string scanned_path(const CashierView& view, const Visit& visit) {
  return visit.base_path + "/pay/requestpay/" + view.token;
}

/// A link, for it leads over another site's page, which a form of ours may not.
void scanned_link(Panel& panel, const CashierView& view, const Choice& choice, const Visit& visit) {
  panel.html.raw(R"(<a class="choice")")
      .attribute("href", scanned_path(view, visit))
      .attribute("data-channel", choice.channel)
      .raw(">")
      .raw(icons::of_channel(choice.channel))
      .raw("<span>")
      .text(channel_title(visit.texts, choice.channel, choice.title))
      .raw("</span>")
      .raw(icons::chevron)
      .raw("</a>");
}

void buttons(Panel& panel, const CashierView& view, const std::vector<const Choice*>& shown,
             const Visit& visit) {
  panel.html.raw(shown.size() == 1 ? Markup(R"(<div class="choices one">)")
                                   : Markup(R"(<div class="choices">)"));
  for (const Choice* choice : shown) {
    if (choice->needs_openid) {
      scanned_link(panel, view, *choice, visit);
      continue;
    }
    panel.html.raw(R"(<form method="post")")
        .attribute("action", visit.base_path + "/pay/" + view.token + "/pay")
        .raw(R"(><input type="hidden" name="channel")")
        .attribute("value", choice->channel)
        .raw(R"(><input type="hidden" name="method")")
        .attribute("value", choice->method)
        .raw(R"(><button class="choice" type="submit")")
        .attribute("data-channel", choice->channel)
        .raw(">")
        .raw(icons::of_channel(choice->channel))
        .raw("<span>")
        .text(channel_title(visit.texts, choice->channel, choice->title))
        .raw("</span>")
        .raw(icons::chevron)
        .raw("</button></form>");
  }
  panel.html.raw("</div>");
}

void choose(Panel& panel, const CashierView& view, const Visit& visit) {
  panel.kind = PanelKind::choose;
  const auto shown = offers(view.choices, visit.device);
  if (shown.empty()) {
    alert(panel, visit);
    notice(panel, icons::dash, visit.texts.none_here, visit.texts.none_here_hint);
    return;
  }
  heading(panel, std::string(visit.texts.choose));
  alert(panel, visit);
  buttons(panel, view, shown, visit);
}

void other_choices(Panel& panel, const CashierView& view, const Visit& visit) {
  auto shown = offers(view.choices, visit.device);
  std::erase_if(shown, [&](const Choice* choice) {
    return choice->channel == view.open_attempt->channel &&
           choice->title == view.open_attempt->title;
  });
  if (shown.empty()) return;
  panel.html.raw(R"(<div class="others"><h3>)").text(visit.texts.choose_other).raw("</h3>");
  buttons(panel, view, shown, visit);
  panel.html.raw("</div>");
}

bool scans_in_this_app(std::string_view channel, Device device) {
  return (device == Device::wechat && channel == "wechat") ||
         (device == Device::alipay && channel == "alipay");
}

void scan(Panel& panel, const Attempt& attempt, const Visit& visit) {
  panel.kind = PanelKind::scan;
  const Texts& texts = visit.texts;
  const std::string app = app_title(texts, attempt.channel, attempt.title);
  heading(panel, fill(texts.scan, app));
  alert(panel, visit);
  const std::string png = qr_png(attempt.material);
  const std::string side = std::to_string(qr_modules(png) * shown_pixels_per_module);
  panel.html.raw(R"(<figure class="code"><img)")
      .attribute("width", side)
      .attribute("height", side)
      .attribute("alt", fill(texts.qr_alt, app))
      .attribute("src", "data:image/png;base64," + base64_encode(png))
      .raw("><figcaption>")
      .raw(icons::of_channel(attempt.channel))
      .text(channel_title(texts, attempt.channel, attempt.title))
      .raw("</figcaption></figure>");
  if (scans_in_this_app(attempt.channel, visit.device)) {
    hint(panel, texts.press_hint);
  } else {
    hint(panel, fill(visit.device == Device::desktop ? texts.scan_hint : texts.save_hint, app));
  }
  panel.html.raw(R"(<p class="waiting"><i></i>)").text(texts.waiting).raw("</p>");
}

void leave_texts(Panel& panel, const Attempt& attempt, const Visit& visit) {
  const std::string title = channel_title(visit.texts, attempt.channel, attempt.title);
  panel.html.raw(R"(<div class="notice">)").raw(icons::of_channel(attempt.channel));
  heading(panel, fill(visit.texts.go_on, title));
  hint(panel, fill(visit.texts.go_on_hint, title));
  panel.html.raw("</div>");
  alert(panel, visit);
}

void redirect(Panel& panel, const Attempt& attempt, const Visit& visit) {
  panel.kind = PanelKind::redirect;
  leave_texts(panel, attempt, visit);
  // WeChat's h5 pages refuse a buyer without a Referer; the origin alone gives no token away.
  panel.html.raw(R"(<a class="button" data-leave referrerpolicy="origin")")
      .attribute("href", attempt.material)
      .raw(">")
      .text(visit.texts.go_on_button)
      .raw("</a>");
}

void form(Panel& panel, const Attempt& attempt, const ChannelForm& fields, const Visit& visit) {
  panel.kind = PanelKind::form;
  panel.form_origin = fields.origin;
  leave_texts(panel, attempt, visit);
  panel.html.raw(fields.post ? Markup(R"(<form data-leave method="post")")
                             : Markup(R"(<form data-leave method="get")"));
  panel.html.attribute("action", fields.action).raw(">");
  for (const FormField& field : fields.fields) {
    panel.html.raw(R"(<input type="hidden")")
        .attribute("name", field.name)
        .attribute("value", field.value)
        .raw(">");
  }
  panel.html.raw(R"(<button class="button" type="submit">)")
      .text(visit.texts.go_on_button)
      .raw("</button></form>");
}

/// The page cannot know whom the payment was started for; another buyer starts over.
void bridge(Panel& panel, const CashierView& view, const Visit& visit) {
  panel.kind = PanelKind::bridge;
  const Attempt& attempt = *view.open_attempt;
  const std::string title = channel_title(visit.texts, attempt.channel, attempt.title);
  panel.html.raw(R"(<div class="notice">)").raw(icons::of_channel(attempt.channel));
  heading(panel, fill(visit.texts.bridge, title));
  hint(panel, fill(visit.texts.bridge_hint, app_title(visit.texts, attempt.channel, title)));
  panel.html.raw("</div>");
  alert(panel, visit);
  panel.html.raw(R"(<button class="button" type="button")")
      .attribute("data-bridge", attempt.material)
      .attribute("data-return", visit.base_path + "/pay/return/" + view.token)
      .raw(">")
      .text(visit.texts.bridge_button)
      .raw(R"(</button><a class="button quiet")")
      .attribute("href", scanned_path(view, visit))
      .raw(">")
      .text(visit.texts.bridge_again)
      .raw("</a>");
}

void confirming(Panel& panel, const CashierView& view, const Visit& visit) {
  panel.kind = PanelKind::confirming;
  notice(panel, icons::spinner, visit.texts.confirming, visit.texts.confirming_hint);
  panel.html.raw(R"(<a class="button quiet")")
      .attribute("href", visit.base_path + "/pay/" + view.token)
      .raw(">")
      .text(visit.texts.not_paid_yet)
      .raw("</a>");
}

bool can_show_here(const std::optional<Attempt>& attempt, Device device) {
  return attempt && suitability(attempt->method, device) > 0 &&
         can_show(attempt->action_type, attempt->material);
}

void go_on_with(Panel& panel, const CashierView& view, const Visit& visit) {
  const Attempt& attempt = *view.open_attempt;
  if (attempt.action_type == "qr")
    scan(panel, attempt, visit);
  else if (attempt.action_type == "redirect")
    redirect(panel, attempt, visit);
  else if (attempt.action_type == "jsapi")
    bridge(panel, view, visit);
  else
    form(panel, attempt, *read_channel_form(attempt.material), visit);
  other_choices(panel, view, visit);
}

}  // namespace

bool can_show(std::string_view action_type, std::string_view material) {
  if (action_type == "qr") return !material.empty() && material.size() <= qr_max_bytes;
  if (action_type == "redirect") return is_web_address(material);
  if (action_type == "jsapi") return material.starts_with('{');
  return action_type == "form" && read_channel_form(material).has_value();
}

Panel make_panel(const CashierView& view, const Visit& visit) {
  Panel panel;
  const Texts& texts = visit.texts;
  if (const EndRow* end = end_of(view.status)) {
    panel.kind = PanelKind::done;
    notice(panel, end->icon, texts.*end->heading, texts.*end->hint);
    shop_link(panel, view, texts);
  } else if (visit.returned) {
    confirming(panel, view, visit);
  } else if (view.status != "unpaid" || visit.now >= view.expires_at) {
    panel.kind = PanelKind::time_up;
    notice(panel, icons::hourglass, texts.time_up, texts.time_up_hint);
  } else if (can_show_here(view.open_attempt, visit.device)) {
    go_on_with(panel, view, visit);
  } else {
    choose(panel, view, visit);
  }
  return panel;
}

bool is_final(std::string_view order_status) {
  return end_of(order_status) != nullptr;
}

}  // namespace tollgate::console
