#include "common/url.hpp"

#include <algorithm>

#include "common/encoding.hpp"

namespace tollgate::common {
namespace {

constexpr std::size_t max_url_bytes = 2048;
constexpr std::int64_t max_port = 65'535;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
  const bool odd = text.size() > max_url_bytes || std::any_of(text.begin(), text.end(), [](char c) {
                     return c <= ' ' || c > '~' || c == '\\' || c == '#' || c == '"';
                   });
  Url url;
  url.tls = text.starts_with("https://");
  if (odd || (!url.tls && !text.starts_with("http://"))) return std::nullopt;
  text.remove_prefix(url.tls ? 8 : 7);
  const auto authority = text.substr(0, text.find_first_of("/?"));
  text.remove_prefix(authority.size());
  url.authority = lower(authority);
  const auto bracket = url.authority.rfind(']');
  const auto colon = url.authority.rfind(':');
  const bool has_port =
      colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  url.host = url.authority.substr(0, has_port ? colon : std::string::npos);
  const auto port = has_port ? parse_digits(url.authority.substr(colon + 1)) : 1;
  if (url.host.empty() || url.authority.find('@') != std::string::npos || !port || *port < 1 ||
      *port > max_port)
    return std::nullopt;
  url.target = (text.starts_with('/') ? "" : "/") + std::string(text);
  return url;
}

}  // namespace tollgate::common
