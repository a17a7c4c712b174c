#include "common/settings.hpp"

#include <algorithm>

#include "common/encoding.hpp"
#include "common/json.hpp"

namespace tollgate::common {

void refuse(std::string_view setting, std::string_view what) {
  throw sdk::SettingError("setting " + std::string(setting) + " " + std::string(what));
}

namespace {

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  if (!host.starts_with("127.")) return false;
  return std::count(host.begin(), host.end(), '.') == 3 &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

/// The host of an authority; "" where it is none.
std::string_view host_of(std::string_view authority) {
  const auto colon = authority.rfind(':');
  const auto bracket = authority.rfind(']');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  if (!has_port) return authority;
  const auto port = parse_digits(authority.substr(colon + 1));
  return port && *port > 0 && *port < 65536 ? authority.substr(0, colon) : std::string_view();
}

}  // namespace

Settings::Settings(std::string_view json, std::span<const sdk::Setting> declared) {
  const auto document = JsonDocument::parse(json);
  if (!document || !document->root().is_object())
    throw sdk::SettingError("the settings are not a JSON object");
  for (const auto& name : document->root().names()) {
    const bool known = std::any_of(declared.begin(), declared.end(),
                                   [&](const auto& setting) { return setting.name == name; });
    if (!known) refuse(bounded(name, 64), "is unknown");
    const auto value = document->root()[name].text();
    if (!value) refuse(name, "must be a text");
    values_.emplace(name, *value);
  }
  for (const auto& setting : declared) {
    const bool required = (setting.flags & TG_SETTING_REQUIRED) != 0;
    if (required && !has(setting.name)) refuse(setting.name, "is missing");
    if (has(setting.name) && text(setting.name).empty()) refuse(setting.name, "is empty");
  }
}

const std::string& Settings::text(std::string_view name) const {
  static const std::string empty;
  const auto found = values_.find(name);
  return found == values_.end() ? empty : found->second;
}

const std::string& Settings::token(std::string_view name, std::size_t max,
                                   std::string_view also) const {
  const std::string& value = text(name);
  if (!is_token(value, max, also)) refuse(name, "has characters or a length that cannot be right");
  return value;
}

PrivateKey Settings::private_key(std::string_view name) const {
  auto key = PrivateKey::from_text(text(name));
  if (!key) refuse(name, "holds no unencrypted RSA private key of 2048 bits or more (PEM)");
  return *std::move(key);
}

PublicKey Settings::public_key(std::string_view name) const {
  auto key = PublicKey::from_text(text(name));
  if (!key) refuse(name, "holds no RSA public key of 2048 bits or more (PEM)");
  return *std::move(key);
}

Gateway parse_gateway(std::string_view url) {
  const bool tls = url.starts_with("https://");
  if (!tls && !url.starts_with("http://")) refuse("gateway", "must be an https:// URL");
  const std::size_t start = tls ? 8 : 7;
  const auto slash = url.find('/', start);
  const auto authority = url.substr(start, slash == url.npos ? url.npos : slash - start);
  const auto host = host_of(authority);
  const bool odd =
      host.empty() || url.size() > 2048 || std::any_of(url.begin(), url.end(), [](char c) {
        return c <= ' ' || c > '~' || std::string_view("@?#\\\"").find(c) != std::string_view::npos;
      });
  if (odd) refuse("gateway", "must be a plain URL: scheme, host, optional port and path");
  if (!tls && !is_loopback(host))
    refuse("gateway", "must be https: plain http is for the own machine alone");
  Gateway gateway{std::string(url.substr(0, start + authority.size())),
                  slash == url.npos ? "" : std::string(url.substr(slash))};
  while (!gateway.path.empty() && gateway.path.back() == '/') gateway.path.pop_back();
  return gateway;
}

}  // namespace tollgate::common
