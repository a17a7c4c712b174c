#include "sandbox/alipay_order.hpp"

#include <algorithm>
#include <charconv>

#include "base/json_reader.hpp"
#include "base/money.hpp"

namespace tollgate::sandbox {
namespace {

constexpr std::int64_t max_fen = 10'000'000'000;
constexpr std::int64_t minute_s = 60;
constexpr std::int64_t way_s = 5;  // a wish for one minute ages on its way to here
constexpr std::int64_t day_s = 86'400;
constexpr std::int64_t longest_life_s = 15 * day_s;
constexpr std::int64_t china_offset_ms = 8 * 3600 * 1000;

AlipayError wrong(const FieldError& what) {
  std::string name = what.pointer.empty() ? "biz_content" : what.pointer.substr(1);
  return business_failure("ACQ.INVALID_PARAMETER", "参数无效: " + name + " " + what.detail);
}

bool is_number(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  });
}

std::string_view product_code(AlipayProduct product) {
  switch (product) {
    case AlipayProduct::page:
      return "FAST_INSTANT_TRADE_PAY";
    case AlipayProduct::wap:
      return "QUICK_WAP_WAY";
    case AlipayProduct::app:
      return "QUICK_MSECURITY_PAY";
    case AlipayProduct::qr:
      return "FACE_TO_FACE_PAYMENT";
  }
  return "";
}

/// Seconds of "30m", "2h", "1d", or to midnight for "1c"; nothing outside 1m to 15d.
std::optional<std::int64_t> relative_s(std::string_view text, TimeMs now) {
  if (text == "1c") {
    const std::int64_t china_ms = now.ms + china_offset_ms;
    return day_s - china_ms / 1000 % day_s;
  }
  if (text.size() < 2 || text.front() < '1' || text.front() > '9') return std::nullopt;
  std::int64_t count = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size() - 1, count);
  if (code != std::errc() || end != text.data() + text.size() - 1 || count > 100'000)
    return std::nullopt;
  const char unit = text.back();
  const std::int64_t unit_s = unit == 'm' ? minute_s : unit == 'h' ? 3600 : unit == 'd' ? day_s : 0;
  const std::int64_t life_s = count * unit_s;
  if (life_s < minute_s || life_s > longest_life_s) return std::nullopt;
  return life_s;
}

/// The absolute time beats the relative one.
TimeMs read_expiry(json::Object& body, TimeMs now) {
  const std::string relative = body.optional_text("timeout_express", {.max = 6}).value_or("15d");
  const auto life_s = relative_s(relative, now);
  if (!life_s) body.errors().add(body.pointer("timeout_express"), "must be 1m to 15d, or 1c");
  TimeMs expiry = now.plus_s(life_s.value_or(longest_life_s));
  const auto absolute = body.optional_text("time_expire", {.max = 32});
  if (!absolute) return expiry;
  const auto time = read_alipay_time(*absolute);
  if (!time)
    body.errors().add(body.pointer("time_expire"), "must be yyyy-MM-dd HH:mm:ss");
  else if (*time < now.plus_s(minute_s - way_s) || *time > now.plus_s(longest_life_s))
    body.errors().add(body.pointer("time_expire"), "must lie one minute to 15 days ahead");
  return time.value_or(expiry);
}

void read_amount(json::Object& body, AlipayOrder& order) {
  const std::string text = body.text("total_amount", {.max = 12});
  if (text.empty()) return;
  const auto fen = read_yuan(text);
  if (!fen)
    body.errors().add(body.pointer("total_amount"),
                      "must be yuan as text, 0.01 to 100000000, at most two decimals");
  order.total_fen = fen.value_or(0);
}

void read_product(json::Object& body, AlipayProduct product) {
  const auto given = body.optional_text("product_code", {.max = 64});
  const bool needed = product != AlipayProduct::qr;
  if (!given && needed) body.errors().add(body.pointer("product_code"), "is required");
  if (!given) return;
  const bool order_code = product == AlipayProduct::qr && *given == "QR_CODE_OFFLINE";
  if (*given != product_code(product) && !order_code)
    body.errors().add(body.pointer("product_code"), "does not fit the method");
}

void read_goods(json::Object& body) {
  body.objects("goods_detail", 0, 500, [](json::Object& goods) {
    goods.text("goods_id", {.max = 64});
    goods.text("goods_name", {.max = 256});
    goods.integer("quantity", {.min = 1, .max = 1'000'000});
    if (!read_yuan(goods.text("price", {.max = 12})))
      goods.errors().add(goods.pointer("price"), "must be yuan as text");
    for (const char* name : {"alipay_goods_id", "goods_category", "categories_tree"})
      goods.optional_text(name, {.max = 128});
    goods.optional_text("body", {.max = 400});
    goods.optional_text("show_url", {.max = 400});
    goods.finish();
  });
}

void read_extras(json::Object& body, AlipayOrder& order, AlipayProduct product) {
  order.body = body.optional_text("body", {.max = 128}).value_or("");
  order.seller_id = body.optional_text("seller_id", {.max = 28}).value_or("");
  order.passback_params = body.optional_text("passback_params", {.max = 512}).value_or("");
  if (order.passback_params.find_first_of("=& \"{}") != std::string::npos)
    body.errors().add(body.pointer("passback_params"), "must be URL-encoded");
  const auto allowed = body.optional_text("enable_pay_channels", {.max = 128});
  const auto barred = body.optional_text("disable_pay_channels", {.max = 128});
  if (allowed && barred)
    body.errors().add(body.pointer("disable_pay_channels"), "excludes enable_pay_channels");
  const std::string kind = body.optional_text("goods_type", {.max = 2}).value_or("1");
  if (kind != "0" && kind != "1") body.errors().add(body.pointer("goods_type"), "must be 0 or 1");
  body.optional_text("store_id", {.max = 32});
  body.optional_text("merchant_order_no", {.max = 32});
  body.raw("extend_params");
  if (product == AlipayProduct::page) {
    const std::string mode = body.optional_text("qr_pay_mode", {.max = 2}).value_or("2");
    if (mode.size() != 1 || mode[0] < '0' || mode[0] > '4')
      body.errors().add(body.pointer("qr_pay_mode"), "must be 0 to 4");
    body.optional_text("integration_type", {.max = 16});
    body.optional_text("request_from_url", {.max = 256});
  }
  if (product == AlipayProduct::qr) body.optional_text("operator_id", {.max = 28});
  if (product != AlipayProduct::wap) return;
  order.quit_url = body.text("quit_url", {.max = 400});
  if (const auto what = alipay_url_problem(order.quit_url, true); !what.empty())
    body.errors().add(body.pointer("quit_url"), what);
}

void read_order(json::Object& body, AlipayProduct product, AlipayOrder& order, TimeMs now) {
  order.out_trade_no = body.text("out_trade_no", {.max = 64});
  if (!is_number(order.out_trade_no))
    body.errors().add(body.pointer("out_trade_no"), "must hold letters, digits and _ alone");
  order.subject = body.text("subject", {.max = 256});
  if (order.subject.find_first_of("/=&") != std::string::npos)
    body.errors().add(body.pointer("subject"), "must not hold / = &");
  read_amount(body, order);
  read_product(body, product);
  order.expires_at = read_expiry(body, now);
  read_extras(body, order, product);
  read_goods(body);
}

}  // namespace

std::optional<AlipayProduct> alipay_product(std::string_view method) {
  if (method == "alipay.trade.page.pay") return AlipayProduct::page;
  if (method == "alipay.trade.wap.pay") return AlipayProduct::wap;
  if (method == "alipay.trade.app.pay") return AlipayProduct::app;
  if (method == "alipay.trade.precreate") return AlipayProduct::qr;
  return std::nullopt;
}

AlipayOrderOrError read_alipay_order(AlipayProduct product, const std::string& biz_content,
                                     TimeMs now) {
  AlipayOrderOrError out;
  auto document = json::Document::parse(biz_content);
  if (!document) {
    out.error = wrong(document.error().fields.front());
    return out;
  }
  json::Errors errors;
  json::Object body(*document, errors);
  read_order(body, product, out.order, now);
  body.finish();
  out.order.parameters = std::string(product_code(product)) + document->dump();
  if (!errors.empty()) out.error = wrong(errors.take().fields.front());
  return out;
}

AlipayTradeName read_alipay_trade_name(const std::string& biz_content, std::string_view method) {
  AlipayTradeName out;
  auto document = json::Document::parse(biz_content);
  if (!document) {
    out.error = wrong(document.error().fields.front());
    return out;
  }
  json::Errors errors;
  json::Object body(*document, errors);
  out.out_trade_no = body.optional_text("out_trade_no", {.max = 64}).value_or("");
  out.trade_no = body.optional_text("trade_no", {.max = 64}).value_or("");
  if (method == "alipay.trade.close") body.optional_text("operator_id", {.max = 28});
  if (method == "alipay.trade.query" && body.has("query_options"))
    body.texts("query_options", 0, 16);
  if (out.out_trade_no.empty() && out.trade_no.empty() && errors.empty())
    errors.add("/out_trade_no", "or trade_no is required");
  body.finish();
  if (!errors.empty()) out.error = wrong(errors.take().fields.front());
  return out;
}

AlipayRefund read_alipay_refund(const std::string& biz_content, bool question) {
  AlipayRefund out;
  auto document = json::Document::parse(biz_content);
  if (!document) {
    out.trade.error = wrong(document.error().fields.front());
    return out;
  }
  json::Errors errors;
  json::Object body(*document, errors);
  out.trade.out_trade_no = body.optional_text("out_trade_no", {.max = 64}).value_or("");
  out.trade.trade_no = body.optional_text("trade_no", {.max = 64}).value_or("");
  if (out.trade.out_trade_no.empty() && out.trade.trade_no.empty())
    errors.add("/out_trade_no", "or trade_no is required");
  out.out_request_no = body.text("out_request_no", {.min = 1, .max = 64});
  if (body.has("query_options")) body.texts("query_options", 0, 16);
  if (!question) {
    const auto fen = read_yuan(body.text("refund_amount", {.min = 1, .max = 16}));
    if (!fen) errors.add("/refund_amount", "must be yuan from 0.01 on");
    out.refund_fen = fen.value_or(0);
    body.optional_text("refund_reason", {.max = 256});
  }
  body.finish();
  if (!errors.empty()) out.trade.error = wrong(errors.take().fields.front());
  return out;
}

std::optional<std::int64_t> read_yuan(std::string_view text) {
  const bool zero_led = text.size() > 1 && text[0] == '0' && text[1] != '.';
  if (text.empty() || zero_led || text.front() == '-' || text.back() == '.') return std::nullopt;
  const auto money = Money::parse_decimal(text, *Currency::parse("CNY"));
  if (!money || money->amount_minor() < 1 || money->amount_minor() > max_fen) return std::nullopt;
  return money->amount_minor();
}

std::string write_yuan(std::int64_t fen) {
  return Money(fen, *Currency::parse("CNY")).to_decimal();
}

std::string alipay_url_problem(std::string_view url, bool with_query) {
  if (!url.starts_with("http://") && !url.starts_with("https://"))
    return "must begin with https:// or http://";
  if (std::ranges::any_of(url, [](char c) { return c <= ' ' || c >= 0x7f; }))
    return "must hold printable ASCII alone";
  if (!with_query && url.find_first_of("?#") != std::string_view::npos)
    return "must have no query string";
  if (!with_query && url.size() > 256) return "must have at most 256 characters";
  return "";
}

}  // namespace tollgate::sandbox
