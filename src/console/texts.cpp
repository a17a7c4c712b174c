#include "console/texts.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tollgate::console {
namespace {

constexpr Texts english{
    .lang = "en",
    .checkout = "Checkout",
    .amount_due = "Amount due",
    .amount = "Amount",
    .time_left = "Time left",
    .order = "Order",
    .choose = "Choose how to pay",
    .choose_other = "Or pay another way",
    .none_here = "Nothing to pay with here",
    .none_here_hint = "Please open this page in another browser or on another device.",
    .scan = "Scan with {} to pay",
    .scan_hint = "Open {} on your phone and scan this code.",
    .press_hint = "Press and hold the code to pay.",
    .save_hint = "Save this picture, then open it with the scanner in {}.",
    .qr_alt = "Payment code for {}",
    .waiting = "Waiting for your payment",
    .go_on = "Continue with {}",
    .go_on_hint = "You will finish the payment at {} and come back here.",
    .go_on_button = "Continue",
    .bridge = "Pay with {}",
    .bridge_hint = "{} asks you to confirm the amount.",
    .bridge_button = "Pay now",
    .bridge_again = "Start over",
    .confirming = "Confirming your payment",
    .confirming_hint = "This takes a few seconds. Please do not pay a second time.",
    .not_paid_yet = "I have not paid yet",
    .time_up = "Time is up",
    .time_up_hint =
        "No new payment can be started. If you have just paid, keep this page open: it shows the "
        "result.",
    .paid = "Paid",
    .paid_hint = "Thank you. You can close this page now.",
    .refunded = "Refunded",
    .refunded_hint = "The whole amount goes back to where you paid from.",
    .cancelled = "Order cancelled",
    .cancelled_hint = "This order was cancelled. Nothing needs to be paid.",
    .expired = "Order expired",
    .expired_hint = "The time to pay has passed. Please place a new order.",
    .failed = "Payment failed",
    .failed_hint =
        "The payment did not match this order. Please contact the seller and name the order "
        "number.",
    .back_to_shop = "Back to the shop",
    .alert_unavailable =
        "This way to pay cannot be reached right now. Please try again or choose another.",
    .alert_refused = "This payment was not accepted. Please choose another way to pay.",
    .alert_busy = "Too many tries at once. Please wait a moment and try again.",
    .alert_other = "The payment could not be started. Please try again.",
    .not_found = "Page not found",
    .not_found_hint =
        "There is no order at this address. Please check the link or scan the code again.",
    .error = "Something went wrong",
    .error_hint = "Please try again in a moment. If you have just paid, your payment is safe.",
    .request = "Reference",
    .wechat = "WeChat Pay",
    .wechat_app = "WeChat",
    .alipay = "Alipay",
};

constexpr Texts chinese{
    .lang = "zh-CN",
    .checkout = "收银台",
    .amount_due = "应付金额",
    .amount = "金额",
    .time_left = "剩余时间",
    .order = "订单号",
    .choose = "请选择支付方式",
    .choose_other = "或选择其他支付方式",
    .none_here = "当前环境暂无可用的支付方式",
    .none_here_hint = "请换用其他浏览器或设备打开本页面。",
    .scan = "请使用{}扫码支付",
    .scan_hint = "打开手机上的{}，扫描此二维码。",
    .press_hint = "长按识别二维码即可支付。",
    .save_hint = "保存此图片，然后在{}的“扫一扫”中从相册选取。",
    .qr_alt = "{}付款二维码",
    .waiting = "等待支付",
    .go_on = "使用{}继续支付",
    .go_on_hint = "您将前往{}完成支付，之后会回到本页面。",
    .go_on_button = "继续支付",
    .bridge = "使用{}支付",
    .bridge_hint = "请在{}弹出的窗口中确认金额。",
    .bridge_button = "立即支付",
    .bridge_again = "重新发起支付",
    .confirming = "正在确认支付结果",
    .confirming_hint = "通常只需几秒钟，请勿重复支付。",
    .not_paid_yet = "我还没有支付",
    .time_up = "支付时间已到",
    .time_up_hint = "已无法发起新的支付。如果您刚刚完成付款，请保留本页面，结果会自动显示。",
    .paid = "支付成功",
    .paid_hint = "感谢您的付款，现在可以关闭本页面。",
    .refunded = "已退款",
    .refunded_hint = "全部款项将原路退回。",
    .cancelled = "订单已取消",
    .cancelled_hint = "此订单已取消，无需支付。",
    .expired = "订单已过期",
    .expired_hint = "已超过支付时间，请重新下单。",
    .failed = "支付失败",
    .failed_hint = "收到的付款与订单不符，请凭订单号联系商家。",
    .back_to_shop = "返回商家",
    .alert_unavailable = "该支付方式暂时无法使用，请稍后重试或选择其他方式。",
    .alert_refused = "该支付未被受理，请选择其他支付方式。",
    .alert_busy = "操作过于频繁，请稍后再试。",
    .alert_other = "未能发起支付，请重试。",
    .not_found = "页面不存在",
    .not_found_hint = "该地址没有对应的订单，请检查链接或重新扫码。",
    .error = "出了点问题",
    .error_hint = "请稍后重试。如果您刚刚完成付款，款项是安全的。",
    .request = "参考编号",
    .wechat = "微信支付",
    .wechat_app = "微信",
    .alipay = "支付宝",
};

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// "q=0.8" as 800; 1000 where no weight is told, 0 for nonsense.
int weight_of(std::string_view parameters) {
  parameters = trimmed(parameters);
  if (parameters.empty()) return 1000;
  if (!parameters.starts_with("q=") && !parameters.starts_with("Q=")) return 0;
  std::string digits(parameters.substr(2, 5));
  if (digits.size() > 1) digits.erase(1, 1);
  digits.resize(4, '0');
  int weight = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), weight);
  const bool whole = status == std::errc() && end == digits.data() + digits.size();
  return whole && weight <= 1000 ? weight : 0;
}

bool is_language(std::string_view tag, std::string_view language) {
  if (tag.size() < language.size()) return false;
  for (std::size_t i = 0; i < language.size(); ++i)
    if ((tag[i] | 0x20) != language[i]) return false;
  return tag.size() == language.size() || tag[language.size()] == '-';
}

}  // namespace

const Texts& texts_for(std::string_view accept_language) {
  const Texts* best = &english;
  int best_weight = 0;
  while (!accept_language.empty()) {
    const std::string_view range = accept_language.substr(0, accept_language.find(','));
    accept_language.remove_prefix(std::min(range.size() + 1, accept_language.size()));
    const std::string_view tag = trimmed(range.substr(0, range.find(';')));
    const std::size_t semicolon = range.find(';');
    const int weight =
        weight_of(semicolon == std::string_view::npos ? "" : range.substr(semicolon + 1));
    const Texts* fitting = is_language(tag, "zh")   ? &chinese
                           : is_language(tag, "en") ? &english
                                                    : nullptr;
    if (fitting == nullptr || weight <= best_weight) continue;
    best = fitting;
    best_weight = weight;
  }
  return *best;
}

std::string fill(std::string_view pattern, std::string_view name) {
  const std::size_t at = pattern.find("{}");
  if (at == std::string_view::npos) return std::string(pattern);
  std::string out(pattern.substr(0, at));
  return out.append(name).append(pattern.substr(at + 2));
}

std::string channel_title(const Texts& texts, std::string_view channel, std::string_view title) {
  struct Row {
    std::string_view channel, usual_title;
    std::string_view Texts::*title;
  };
  static constexpr std::array<Row, 2> translated{
      {{"wechat", "WeChat Pay", &Texts::wechat}, {"alipay", "Alipay", &Texts::alipay}}};
  for (const Row& row : translated) {
    if (row.channel == channel && (title.empty() || title == row.usual_title)) {
      return std::string(texts.*row.title);
    }
  }
  return std::string(title.empty() ? channel : title);
}

std::string app_title(const Texts& texts, std::string_view channel, std::string_view title) {
  return channel == "wechat" ? std::string(texts.wechat_app) : channel_title(texts, channel, title);
}

}  // namespace tollgate::console
