// Every word that a buyer reads, in each language.
#pragma once

#include <string>
#include <string_view>

namespace tollgate::console {

/// "{}" stands for a channel's name.
struct Texts {
  std::string_view lang;  ///< For <html lang>.
  std::string_view checkout, amount_due, amount, time_left, order;

  std::string_view choose, choose_other, none_here, none_here_hint;
  std::string_view scan, scan_hint, press_hint, save_hint, qr_alt, waiting;
  std::string_view go_on, go_on_hint, go_on_button;
  std::string_view bridge, bridge_hint, bridge_button, bridge_again;
  std::string_view confirming, confirming_hint, not_paid_yet;
  std::string_view time_up, time_up_hint;
  std::string_view paid, paid_hint, refunded, refunded_hint, cancelled, cancelled_hint;
  std::string_view expired, expired_hint, failed, failed_hint, back_to_shop;

  std::string_view alert_unavailable, alert_refused, alert_busy, alert_other;
  std::string_view not_found, not_found_hint, error, error_hint, request;

  // Names of channels that differ between languages; the app that scans WeChat Pay's codes.
  std::string_view wechat, wechat_app, alipay;
};

/// The words for the best match of Accept-Language (RFC 9110 §12.5.4); English where nothing fits.
const Texts& texts_for(std::string_view accept_language);

/// `pattern` with `name` in place of {}.
std::string fill(std::string_view pattern, std::string_view name);

/// `title`, or the channel's own name where that is empty; a well-known channel's usual title in
/// the buyer's language.
std::string channel_title(const Texts& texts, std::string_view channel, std::string_view title);
/// The same for the app that a code is scanned with.
std::string app_title(const Texts& texts, std::string_view channel, std::string_view title);

}  // namespace tollgate::console
