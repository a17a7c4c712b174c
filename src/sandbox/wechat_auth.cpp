#include "sandbox/wechat_auth.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/crypto.hpp"

namespace tollgate::sandbox {
namespace {

constexpr std::string_view scheme = "WECHATPAY2-SHA256-RSA2048";
constexpr std::size_t max_nonce = 64;

std::optional<std::int64_t> unix_seconds(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || text.front() < '1' || text.front() > '9' || code != std::errc() ||
      end != text.data() + text.size() || text.size() > 12)
    return std::nullopt;
  return value;
}

bool is_nonce(std::string_view text) {
  return !text.empty() && text.size() <= max_nonce && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_';
  });
}

/// Whether a comma-separated header lists one of the media types, whatever its parameters.
bool lists(std::string_view header, std::initializer_list<std::string_view> types) {
  while (!header.empty()) {
    const auto comma = header.find(',');
    std::string_view item = header.substr(0, std::min(comma, header.find(';')));
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    if (std::ranges::find(types, item) != types.end()) return true;
    if (comma == std::string_view::npos) break;
    header.remove_prefix(comma + 1);
  }
  return false;
}

WechatError header_error(std::string name, std::string issue) {
  return param_error(std::move(name), std::move(issue), "header");
}

}  // namespace

bool NonceMemory::use(const std::string& nonce, TimeMs now) {
  while (!order_.empty() &&
         (order_.size() >= max_nonces || order_.front().first.plus_ms(kept_ms) < now)) {
    used_.erase(order_.front().second);
    order_.pop_front();
  }
  if (!used_.insert(nonce).second) return false;
  order_.emplace_back(now, nonce);
  return true;
}

std::optional<WechatError> WechatAuthorization::parse(std::string_view header,
                                                      WechatAuthorization& out) {
  if (!header.starts_with(scheme) || header.size() <= scheme.size() || header[scheme.size()] != ' ')
    return sign_error("the scheme must be WECHATPAY2-SHA256-RSA2048, then one space",
                      "Authorization");
  header.remove_prefix(scheme.size() + 1);
  const std::array<std::pair<std::string_view, std::string*>, 5> known{{
      {"mchid", &out.mch_id},
      {"nonce_str", &out.nonce},
      {"signature", &out.signature},
      {"timestamp", &out.timestamp},
      {"serial_no", &out.serial},
  }};
  for (bool more = true; more;) {
    const auto equals = header.find("=\"");
    if (equals == std::string_view::npos)
      return sign_error("each field must be written key=\"value\"", "Authorization");
    const std::string_view name = header.substr(0, equals);
    header.remove_prefix(equals + 2);
    const auto quote = header.find('"');
    if (quote == std::string_view::npos) return sign_error("a quote is missing", "Authorization");
    const auto at = std::ranges::find(known, name, [](const auto& field) { return field.first; });
    if (at == known.end()) return sign_error("unknown field", "Authorization");
    if (!at->second->empty()) return sign_error("a field stands twice", "Authorization");
    *at->second = header.substr(0, quote);
    header.remove_prefix(quote + 1);
    more = !header.empty();
    if (!more) break;
    if (header.front() != ',') return sign_error("fields are parted by one comma", "Authorization");
    header.remove_prefix(1);
  }
  for (const auto& [name, value] : known)
    if (value->empty()) return sign_error("missing or empty", std::string(name));
  return std::nullopt;
}

WechatAuth::Outcome WechatAuth::check(const net::Request& request) {
  Outcome outcome;
  const auto header = request.headers.find("Authorization");
  if (!header || request.headers.count("Authorization") != 1) {
    outcome.error = sign_error("one Authorization header is needed", "Authorization");
    return outcome;
  }
  WechatAuthorization claims;
  outcome.error = WechatAuthorization::parse(*header, claims);
  outcome.claimed_mch_id = claims.mch_id;
  if (outcome.error) return outcome;
  const WechatMerchant* merchant = keys_.merchant(claims.mch_id);
  if (!merchant) {
    outcome.error = param_error("mchid", "no such merchant", "authorization");
    outcome.error->code = "MCH_NOT_EXISTS";
    outcome.error->message = "商户号不存在";
    return outcome;
  }
  outcome.error = check_signature(request, claims, *merchant);
  if (!outcome.error) outcome.error = check_headers(request);
  if (!outcome.error) outcome.merchant = merchant;
  return outcome;
}

std::optional<WechatError> WechatAuth::check_signature(const net::Request& request,
                                                       const WechatAuthorization& claims,
                                                       const WechatMerchant& merchant) {
  if (claims.serial != merchant.serial)
    return sign_error("serial unknown, or of another merchant", "serial_no");
  const TimeMs now = clock_.now();
  const auto stamp_s = unix_seconds(claims.timestamp);
  if (!stamp_s) return sign_error("must be unix seconds", "timestamp");
  const std::int64_t age_s = now.ms / 1000 - *stamp_s;
  if (age_s >= max_age_s || age_s <= -max_age_s)
    return sign_error("more than five minutes off", "timestamp");
  if (!is_nonce(claims.nonce)) return sign_error("1 to 64 of [0-9A-Za-z_-]", "nonce_str");
  const auto signature = base64_decode(claims.signature);
  if (!signature) return sign_error("not base64", "signature");
  std::string message;
  message.append(net::to_string(request.method)).append("\n");
  message.append(request.target).append("\n");
  message.append(claims.timestamp).append("\n");
  message.append(claims.nonce).append("\n");
  message.append(request.body).append("\n");
  if (!verify_sha256(merchant.key, message, *signature)) {
    WechatError error = sign_error("sign not match");
    error.sign_message = std::move(message);
    return error;
  }
  // Only an authentic request uses up its nonce.
  const std::lock_guard lock(mutex_);
  if (!nonces_[merchant.mch_id].use(claims.nonce, now))
    return sign_error("used before", "nonce_str");
  return std::nullopt;
}

std::optional<WechatError> WechatAuth::check_headers(const net::Request& request) const {
  const auto& headers = request.headers;
  if (headers.find("User-Agent").value_or("").empty())
    return header_error("User-Agent", "is missing");
  if (!lists(headers.find("Accept").value_or(""), {"application/json", "*/*"}))
    return header_error("Accept", "must list application/json");
  if (!request.body.empty() &&
      !lists(headers.find("Content-Type").value_or(""), {"application/json"}))
    return header_error("Content-Type", "must be application/json");
  if (request.method == net::Method::get && !request.body.empty())
    return param_error("", "a GET has no body", "body");
  const auto wanted = headers.find("Wechatpay-Serial");
  if (!wanted || *wanted == keys_.public_key()->serial) return std::nullopt;
  const auto certificates = keys_.certificates();
  const bool known = std::ranges::any_of(
      certificates, [&](const auto& signer) { return signer->serial == *wanted; });
  if (!known) return header_error("Wechatpay-Serial", "names no key of the platform");
  return std::nullopt;
}

}  // namespace tollgate::sandbox
