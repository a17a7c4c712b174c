#include "sandbox/wechat_oauth.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/crypto.hpp"
#include "base/json_writer.hpp"
#include "sandbox/form.hpp"
#include "sandbox/page.hpp"

namespace tollgate::sandbox {
namespace {

constexpr std::string_view authorize_path = "/connect/oauth2/authorize";
constexpr std::string_view token_path = "/sns/oauth2/access_token";
/// WeChat matches the link as text: the parameters have one order.
constexpr std::array<std::string_view, 5> authorize_names{"appid", "redirect_uri", "response_type",
                                                          "scope", "state"};
constexpr std::array<std::string_view, 4> token_names{"appid", "secret", "code", "grant_type"};
constexpr std::size_t longest_state = 128;

struct ErrorRow {
  int code;
  std::string_view message;
};
constexpr std::array<ErrorRow, 7> errors{{
    {40013, "invalid appid"},
    {40002, "invalid grant_type"},
    {40125, "invalid appsecret"},
    {40029, "invalid code"},
    {40163, "code been used"},
    {41008, "missing code"},
    {45011, "api minute-quota reach limit"},
}};

std::string_view message_of(int code) {
  const auto row = std::ranges::find(errors, code, &ErrorRow::code);
  return row == errors.end() ? "system error" : row->message;
}

/// Errors come with status 200, as text/plain, like the answers.
net::Response plain(std::string body) {
  return {200, "text/plain", std::move(body)};
}

net::Response error_response(int code) {
  return plain(json::Writer()
                   .begin_object()
                   .field("errcode", code)
                   .field("errmsg", message_of(code))
                   .end_object()
                   .take());
}

Outcome refused(int code, std::string mch_id) {
  return {error_response(code), std::move(mch_id),
          std::to_string(code) + ": " + std::string(message_of(code)), "openid"};
}

Outcome refused_page(std::string why) {
  const std::string more = "<p class=\"soft\">" + page::html_escape(why) + "</p>";
  net::Response response =
      page::make(200, {"WeChat", "<b>微信 · WeChat</b>", "", false},
                 page::card("!", "链接无法打开 · The link cannot be opened", more));
  return {std::move(response), "", std::move(why), "authorize"};
}

bool has_names_in_order(const Fields& fields, auto&& names) {
  return std::ranges::equal(fields, names, {}, &Fields::value_type::first);
}

bool is_state(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  return text.size() <= longest_state && std::ranges::all_of(text, fits);
}

/// What is wrong with a link that the buyer's app opened; empty where nothing is.
std::string problem(const std::optional<Fields>& fields, std::string_view user_agent) {
  if (user_agent.find("MicroMessenger") == std::string_view::npos)
    return "请在微信客户端打开链接 · Please open the link in WeChat";
  if (!fields || !has_names_in_order(*fields, authorize_names))
    return "the parameters are appid, redirect_uri, response_type, scope, state, in this order";
  const std::string back = field_of(*fields, "redirect_uri");
  if (!back.starts_with("https://") && !back.starts_with("http://"))
    return "redirect_uri must be an absolute address";
  if (back.find('#') != std::string::npos) return "redirect_uri must have no fragment";
  if (field_of(*fields, "response_type") != "code") return "response_type must be code";
  if (field_of(*fields, "scope") != "snsapi_base") return "scope must be snsapi_base here";
  if (!is_state(field_of(*fields, "state")))
    return "state must hold at most 128 letters and digits";
  return "";
}

}  // namespace

bool WechatOauth::is_path(std::string_view path) {
  return path == token_path || path == authorize_path;
}

std::string WechatOauth::openid(std::string_view app_id, std::string_view user_agent) {
  std::string text(app_id);
  text.append("\n").append(user_agent);
  return "o" + hex_lower(sha256(text)).substr(0, 27);
}

std::vector<net::Route> WechatOauth::routes() {
  const auto route = [this](std::string_view path, auto act) {
    return exchange_.route(net::Method::get, std::string(path), "openid",
                           [this, act](net::Request& request, const std::optional<Fault>& fault) {
                             return (this->*act)(request, fault);
                           });
  };
  return {route(authorize_path, &WechatOauth::authorize), route(token_path, &WechatOauth::token)};
}

net::Response WechatOauth::refuse(const Fault& fault) {
  if (fault.kind == FaultKind::frequency) return error_response(45011);
  if (fault.kind == FaultKind::status) return {fault.status, "text/html", "<h1>sorry</h1>"};
  int code = -1;
  std::from_chars(fault.code.data(), fault.code.data() + fault.code.size(), code);
  return error_response(code);
}

Outcome WechatOauth::authorize(net::Request& request, const std::optional<Fault>&) {
  const auto agent = request.headers.find("User-Agent").value_or("");
  const auto fields = parse_form(request.query);
  if (auto why = problem(fields, agent); !why.empty()) return refused_page(std::move(why));
  const auto* merchant = merchant_of_app(field_of(*fields, "appid"));
  if (!merchant) return refused_page("AppID 参数错误 · no such app");
  std::string back = field_of(*fields, "redirect_uri");
  back += back.find('?') == std::string::npos ? "?" : "&";
  back += write_form({{"code", new_code(*merchant, agent)}, {"state", field_of(*fields, "state")}});
  net::Response response;
  response.status = 302;
  response.headers.set("Location", std::move(back));
  response.headers.set("Cache-Control", "no-store");
  return {std::move(response), merchant->mch_id, "accepted", "authorize"};
}

Outcome WechatOauth::token(net::Request& request, const std::optional<Fault>& fault) {
  const auto fields = parse_form(request.query);
  const auto value = [&](std::string_view name) {
    return fields ? field_of(*fields, name) : std::string();
  };
  const auto* merchant = merchant_of_app(value("appid"));
  if (!merchant) return refused(40013, "");
  if (value("secret") != merchant->app_secret) return refused(40125, merchant->mch_id);
  if (value("grant_type") != "authorization_code") return refused(40002, merchant->mch_id);
  if (value("code").empty()) return refused(41008, merchant->mch_id);
  if (fields->size() != token_names.size()) return refused(-1, merchant->mch_id);
  const Taken taken = take(merchant->app_id, value("code"));
  if (taken.error != 0) return refused(taken.error, merchant->mch_id);
  std::string body = json::Writer()
                         .begin_object()
                         .field("access_token", context_.random.alphanumeric(107))
                         .field("expires_in", 7200)
                         .field("refresh_token", context_.random.alphanumeric(107))
                         .field("openid", taken.openid)
                         .field("scope", "snsapi_base")
                         .end_object()
                         .take();
  if (is(fault, FaultKind::garbage)) body.resize(body.size() / 2);
  return {plain(std::move(body)), merchant->mch_id, "accepted", "openid"};
}

std::string WechatOauth::new_code(const WechatMerchant& merchant, std::string_view user_agent) {
  const TimeMs now = context_.clock.now();
  std::string code = "0" + context_.random.alphanumeric(31);
  const std::lock_guard lock(mutex_);
  if (codes_.size() >= max_codes) codes_.clear();
  codes_[code] = {merchant.app_id, openid(merchant.app_id, user_agent), now.plus_s(code_life_s)};
  return code;
}

WechatOauth::Taken WechatOauth::take(std::string_view app_id, const std::string& code) {
  const std::lock_guard lock(mutex_);
  const auto at = codes_.find(code);
  if (at == codes_.end() || at->second.app_id != app_id) return {"", 40029};
  if (at->second.used) return {"", 40163};
  if (at->second.until <= context_.clock.now()) return {"", 40029};
  at->second.used = true;
  return {at->second.openid, 0};
}

const WechatMerchant* WechatOauth::merchant_of_app(std::string_view app_id) const {
  const auto& all = keys_.merchants();
  const auto at = std::ranges::find(all, app_id, &WechatMerchant::app_id);
  return at == all.end() ? nullptr : &*at;
}

}  // namespace tollgate::sandbox
