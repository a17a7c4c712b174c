#include "alipay/order.hpp"

#include <algorithm>
#include <array>

#include "common/encoding.hpp"
#include "common/json.hpp"
#include "common/time.hpp"

namespace tollgate::alipay {
namespace {

constexpr std::size_t subject_columns = 256;
constexpr std::size_t max_pay_no_bytes = 64;
constexpr std::size_t max_notify_url_bytes = 256;
constexpr std::size_t max_page_url_bytes = 1024;
constexpr std::int64_t min_life_ms = 65 * 1000;  // a minute when it gets there
constexpr std::int64_t max_life_ms = 15LL * 24 * 3600 * 1000;
constexpr std::int64_t max_amount = 10'000'000'000;  // 100,000,000.00

constexpr std::array products{
    Product{"page", "alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"},
    Product{"wap", "alipay.trade.wap.pay", "QUICK_WAP_WAY"},
    Product{"app", "alipay.trade.app.pay", "QUICK_MSECURITY_PAY"},
    Product{"qr", "alipay.trade.precreate", ""},
};

/// Without '/', '=' and '&', which Alipay refuses. Unescaped in the text that a notice's signature
/// covers, the last two could also be read as another field. What is not ASCII counts as two: of
/// "at most 256" no document says whether bytes of GBK are meant.
std::string subject_of(const sdk::OperationInput& order) {
  std::string clean = common::bmp_text(order.description, subject_columns);
  for (char& c : clean)
    if (c == '/' || c == '=' || c == '&') c = ' ';
  std::size_t columns = 0;
  std::size_t end = 0;
  for (; end < clean.size(); ++end) {
    const auto byte = static_cast<unsigned char>(clean[end]);
    if ((byte & 0xC0) == 0x80) continue;  // the rest of a character
    columns += byte < 0x80 ? 1 : 2;
    if (columns > subject_columns) break;
  }
  clean.resize(end);
  const bool blank = clean.find_first_not_of(' ') == std::string::npos;
  return blank ? order.pay_no : clean;
}

const std::string& quit_url_of(const sdk::OperationInput& order) {
  return order.cancel_url.empty() ? order.return_url : order.cancel_url;
}

bool is_page_url(std::string_view url) {
  return (url.starts_with("https://") || url.starts_with("http://")) &&
         url.size() <= max_page_url_bytes;
}

}  // namespace

const Product* product_of(std::string_view method) {
  const auto* const found = std::find_if(products.begin(), products.end(),
                                         [&](const Product& p) { return p.method == method; });
  return found == products.end() ? nullptr : found;
}

std::string_view unfit(const sdk::OperationInput& order, std::int64_t now_ms) {
  if (!product_of(order.method)) return "the method is none of page, wap, qr, app";
  if (order.currency != currency) return "the currency must be CNY";
  if (order.amount <= 0 || order.amount > max_amount)
    return "the amount must be 0.01 to 100000000.00";
  if (!common::is_token(order.pay_no, max_pay_no_bytes, "_"))
    return "the number must have 1 to 64 characters of [0-9A-Za-z_]";
  if (order.notify_url.empty() || order.notify_url.size() > max_notify_url_bytes ||
      order.notify_url.find_first_of("?#") != std::string::npos)
    return "the notify URL must have 1 to 256 characters and no query";
  if (!order.return_url.empty() && !is_page_url(order.return_url))
    return "the return URL must be an http URL of at most 1024 characters";
  if (order.method == "wap" && !is_page_url(quit_url_of(order)))
    return "wap needs an http URL to go back to, of at most 1024 characters";
  if (order.expires_ms > 0 && order.expires_ms <= now_ms) return "the time to pay is over";
  return {};
}

std::string order_content(const Account& account, const Product& product,
                          const sdk::OperationInput& order, std::int64_t now_ms) {
  common::JsonObjectWriter json;
  json.text("out_trade_no", order.pay_no)
      .text("total_amount", common::format_decimal(order.amount, currency_digits))
      .text("subject", subject_of(order));
  const std::string_view code =
      order.method == "qr" ? std::string_view(account.qr_product_code) : product.code;
  if (!code.empty()) json.text("product_code", code);
  // Alipay takes an end within 1 minute to 15 days; a trade that lives longer than its order is the
  // host's to close.
  if (order.expires_ms > 0)
    json.text("time_expire", common::format_beijing(std::clamp(
                                 order.expires_ms, now_ms + min_life_ms, now_ms + max_life_ms)));
  if (order.method == "wap") json.text("quit_url", quit_url_of(order));
  return json.finish();
}

}  // namespace tollgate::alipay
