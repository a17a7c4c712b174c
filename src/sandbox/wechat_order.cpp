#include "sandbox/wechat_order.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <map>

#include "base/json_reader.hpp"
#include "base/json_writer.hpp"
#include "base/time.hpp"

namespace tollgate::sandbox {
namespace {

constexpr std::int64_t max_total_fen = 10'000'000'000;

WechatError body_error(const FieldError& what) {
  return param_error(what.pointer, what.detail, "body");
}

bool is_number_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '-' || c == '|' || c == '*';
}

bool is_refund_number(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return is_number_character(c) || c == '@'; });
}

/// Four-byte characters (emoji) are refused anywhere in a body.
bool has_astral_characters(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0xf0; });
}

/// Reads members of a body and remembers them in a canonical form.
class Fields {
 public:
  explicit Fields(json::Object object) : object_(std::move(object)) {}

  std::string text(std::string_view name, std::size_t max) {
    return keep(name, object_.text(name, {.min = 1, .max = max}));
  }
  std::string optional_text(std::string_view name, std::size_t max) {
    if (!present(name)) return "";
    return keep(name, object_.text(name, {.min = 1, .max = max}));
  }
  std::int64_t integer(std::string_view name, json::IntRule rule) {
    const std::int64_t value = object_.integer(name, rule);
    kept_[std::string(name)] = std::to_string(value);
    return value;
  }
  void optional_integer(std::string_view name, json::IntRule rule) {
    if (present(name)) integer(name, rule);
  }
  void optional_boolean(std::string_view name) {
    if (!present(name)) return;
    const auto value = object_.optional_boolean(name);
    if (!value) return complain(name, "must be true or false");
    kept_[std::string(name)] = *value ? "true" : "false";
  }
  void optional_texts(std::string_view name, std::size_t max) {
    if (!present(name)) return;
    json::Writer out;
    out.begin_array();
    for (const auto& text : object_.texts(name, 1, max)) out.text(text);
    kept_[std::string(name)] = out.end_array().take();
  }
  /// Reads a member object; `required` complains where it is missing.
  template <class Read>
  void object(std::string_view name, bool required, Read read) {
    auto inner = object_.optional_object(name);
    if (!inner) {
      if (required || object_.has(name)) complain(name, "must be an object");
      return;
    }
    Fields fields(std::move(*inner));
    read(fields);
    kept_[std::string(name)] = fields.finish();
  }
  template <class Read>
  void objects(std::string_view name, std::size_t max, Read read) {
    std::string kept = "[";
    object_.objects(name, 0, max, [&](json::Object& element) {
      Fields fields(element);
      read(fields);
      kept += fields.finish() + ",";
    });
    kept_[std::string(name)] = kept + "]";
  }
  void complain(std::string_view name, std::string detail) {
    object_.errors().add(object_.pointer(name), std::move(detail));
  }
  /// Complains of unknown members; the canonical form.
  std::string finish() {
    object_.finish();
    std::string out = "{";
    for (const auto& [name, value] : kept_) out += name + ":" + value + ",";
    return out + "}";
  }

 private:
  bool present(std::string_view name) const { return object_.has(name); }
  std::string keep(std::string_view name, std::string value) {
    kept_[std::string(name)] = json::quote(value);
    return value;
  }

  json::Object object_;
  std::map<std::string, std::string, std::less<>> kept_;
};

void read_scene(Fields& body, WechatMethod method) {
  const bool h5 = method == WechatMethod::h5;
  body.object("scene_info", h5, [h5](Fields& scene) {
    const std::string ip = scene.text("payer_client_ip", 45);
    boost::system::error_code wrong;
    boost::asio::ip::make_address(ip, wrong);
    if (!ip.empty() && wrong) scene.complain("payer_client_ip", "must be an IP address");
    scene.optional_text("device_id", 32);
    scene.object("store_info", false, [](Fields& store) {
      store.text("id", 32);
      store.optional_text("name", 256);
      store.optional_text("area_code", 32);
      store.optional_text("address", 512);
    });
    if (!h5) return;
    scene.object("h5_info", true, [](Fields& info) {
      const std::string type = info.text("type", 32);
      if (!type.empty() && type != "Wap" && type != "iOS" && type != "Android")
        info.complain("type", "must be Wap, iOS or Android");
      info.optional_text("app_name", 64);
      info.optional_text("app_url", 128);
      info.optional_text("bundle_id", 128);
      info.optional_text("package_name", 128);
    });
  });
}

void read_extras(Fields& body) {
  body.optional_text("goods_tag", 32);
  body.optional_texts("limit_pay", 16);
  body.optional_boolean("support_fapiao");
  body.object("settle_info", false,
              [](Fields& settle) { settle.optional_boolean("profit_sharing"); });
  body.object("detail", false, [](Fields& detail) {
    detail.optional_integer("cost_price", {.min = 0, .max = max_total_fen});
    detail.optional_text("invoice_id", 32);
    detail.objects("goods_detail", 6000, [](Fields& goods) {
      goods.text("merchant_goods_id", 32);
      goods.optional_text("wechatpay_goods_id", 32);
      goods.optional_text("goods_name", 256);
      goods.integer("quantity", {.min = 1, .max = 1'000'000});
      goods.integer("unit_price", {.min = 0, .max = max_total_fen});
    });
  });
}

void read_amount(Fields& body, WechatOrder& order) {
  body.object("amount", true, [&order](Fields& amount) {
    order.total_fen = amount.integer("total", {.min = 1, .max = max_total_fen});
    const std::string currency = amount.optional_text("currency", 16);
    if (!currency.empty() && currency != "CNY") amount.complain("currency", "must be CNY");
  });
}

void read_time_expire(Fields& body, WechatOrder& order, TimeMs now) {
  const std::string text = body.optional_text("time_expire", 64);
  if (text.empty()) return;
  order.time_expire = from_rfc3339(text);
  if (!order.time_expire)
    body.complain("time_expire",
                  "must be RFC 3339 with an offset, such as 2026-01-01T12:30:00+08:00");
  else if (*order.time_expire <= now)
    body.complain("time_expire", "is in the past");
}

void read_order(Fields& body, WechatMethod method, WechatOrder& order) {
  order.app_id = body.text("appid", 32);
  order.mch_id = body.text("mchid", 32);
  order.description = body.text("description", 127);
  order.out_trade_no = body.text("out_trade_no", 32);
  if (!order.out_trade_no.empty() && !is_out_trade_no(order.out_trade_no))
    body.complain("out_trade_no", "must be 6 to 32 of [0-9A-Za-z_-|*]");
  order.notify_url = body.text("notify_url", 255);
  if (const auto what = notify_url_problem(order.notify_url);
      !order.notify_url.empty() && !what.empty())
    body.complain("notify_url", what);
  order.attach = body.optional_text("attach", 128);
  if (method == WechatMethod::jsapi)
    body.object("payer", true,
                [&order](Fields& payer) { order.openid = payer.text("openid", 128); });
}

}  // namespace

std::optional<WechatMethod> wechat_method(std::string_view name) {
  if (name == "native") return WechatMethod::native;
  if (name == "jsapi") return WechatMethod::jsapi;
  if (name == "h5") return WechatMethod::h5;
  if (name == "app") return WechatMethod::app;
  return std::nullopt;
}

std::string_view trade_type(WechatMethod method) {
  switch (method) {
    case WechatMethod::native:
      return "NATIVE";
    case WechatMethod::jsapi:
      return "JSAPI";
    case WechatMethod::h5:
      return "MWEB";
    case WechatMethod::app:
      return "APP";
  }
  return "";
}

bool is_out_trade_no(std::string_view text) {
  return text.size() >= 6 && text.size() <= 32 && std::ranges::all_of(text, is_number_character);
}

std::string notify_url_problem(std::string_view url) {
  const bool https = url.starts_with("https://");
  if (!https && !url.starts_with("http://")) return "must begin with https://";
  if (std::ranges::any_of(url, [](char c) { return c <= ' ' || c >= 0x7f; }))
    return "must hold printable ASCII alone";
  if (url.find_first_of("?#") != std::string_view::npos) return "must have no query string";
  std::string_view host = url.substr(https ? 8 : 7);
  host = host.substr(0, host.find('/'));
  if (host.find('@') != std::string_view::npos) return "must name no user";
  const auto bracket = host.find(']');
  host = host.substr(0, host.find(':', bracket == std::string_view::npos ? 0 : bracket));
  if (host.empty()) return "must name a host";
  const bool loopback = host == "localhost" || host == "[::1]" || host.starts_with("127.");
  if (!https && !loopback) return "must begin with https:// where the host is not this machine";
  return "";
}

WechatOrderOrError read_wechat_order(WechatMethod method, std::string_view body, TimeMs now) {
  WechatOrderOrError out;
  auto document = json::Document::parse(body);
  if (!document) {
    out.error = body_error(document.error().fields.front());
    return out;
  }
  if (has_astral_characters(document->dump())) {
    out.error = param_error("", "holds a character of more than three bytes", "body");
    return out;
  }
  json::Errors errors;
  Fields fields{json::Object(*document, errors)};
  read_order(fields, method, out.order);
  read_amount(fields, out.order);
  read_time_expire(fields, out.order, now);
  read_scene(fields, method);
  read_extras(fields);
  out.order.parameters = std::string(trade_type(method)) + fields.finish();
  if (!errors.empty()) out.error = body_error(errors.take().fields.front());
  return out;
}

WechatRefundOrError read_wechat_refund(std::string_view body) {
  constexpr std::size_t longest_number = 64;
  WechatRefundOrError out;
  WechatRefund& refund = out.refund;
  auto document = json::Document::parse(body);
  if (!document) {
    out.error = body_error(document.error().fields.front());
    return out;
  }
  json::Errors errors;
  Fields fields{json::Object(*document, errors)};
  refund.transaction_id = fields.optional_text("transaction_id", 32);
  refund.out_trade_no = fields.optional_text("out_trade_no", 32);
  if (refund.transaction_id.empty() == refund.out_trade_no.empty())
    fields.complain("out_trade_no", "one of transaction_id and out_trade_no is needed");
  refund.out_refund_no = fields.text("out_refund_no", longest_number);
  if (!refund.out_refund_no.empty() && !is_refund_number(refund.out_refund_no))
    fields.complain("out_refund_no", "must be of [0-9A-Za-z_-|*@]");
  fields.optional_text("reason", 80);
  refund.notify_url = fields.optional_text("notify_url", 256);
  if (const auto what = notify_url_problem(refund.notify_url);
      !refund.notify_url.empty() && !what.empty())
    fields.complain("notify_url", what);
  fields.object("amount", true, [&refund](Fields& amount) {
    refund.refund_fen = amount.integer("refund", {.min = 1, .max = max_total_fen});
    refund.total_fen = amount.integer("total", {.min = 1, .max = max_total_fen});
    if (amount.text("currency", 16) != "CNY") amount.complain("currency", "must be CNY");
  });
  fields.finish();
  if (!errors.empty()) out.error = body_error(errors.take().fields.front());
  return out;
}

WechatCloseOrError read_wechat_close(std::string_view body) {
  WechatCloseOrError out;
  auto document = json::Document::parse(body);
  if (!document) {
    out.error = body_error(document.error().fields.front());
    return out;
  }
  json::Errors errors;
  json::Object object(*document, errors);
  out.mch_id = object.text("mchid", {.max = 32});
  object.finish();
  if (!errors.empty()) out.error = body_error(errors.take().fields.front());
  return out;
}

}  // namespace tollgate::sandbox
