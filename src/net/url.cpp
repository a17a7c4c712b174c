#include "net/url.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

namespace tollgate::net {
namespace {

namespace urls = boost::urls;

std::string text_of(boost::core::string_view view) {
  return {view.data(), view.size()};
}

/// 1 to 65535. Boost.URL 1.81 reads some larger numbers as smaller ones.
bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), port);
  return code == std::errc() && end == text.data() + text.size() && port > 0;
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
  const auto parsed = urls::parse_uri({text.data(), text.size()});
  if (!parsed) return std::nullopt;
  const urls::url_view& view = *parsed;
  Url url;
  url.tls = view.scheme_id() == urls::scheme::https;
  if (!url.tls && view.scheme_id() != urls::scheme::http) return std::nullopt;
  // Boost.URL reads "http://1.2.3.4.example/" as the host 1.2.3.4 and the path ".example/".
  const std::string path = text_of(view.encoded_path());
  if (!path.empty() && path.front() != '/') return std::nullopt;
  if (view.has_userinfo() || view.host_type() == urls::host_type::ipvfuture) return std::nullopt;

  const std::string encoded_host = text_of(view.encoded_host());
  if (encoded_host.empty() || encoded_host.find('%') != std::string::npos) return std::nullopt;
  const bool ipv6 = view.host_type() == urls::host_type::ipv6;
  url.host_is_address = ipv6 || view.host_type() == urls::host_type::ipv4;
  url.host = ipv6 ? encoded_host.substr(1, encoded_host.size() - 2) : encoded_host;

  const std::string_view usual = url.tls ? "443" : "80";
  url.port = text_of(view.port());
  if (url.port.empty())
    url.port = usual;
  else if (!is_port(url.port))
    return std::nullopt;
  url.authority = url.port == usual ? encoded_host : encoded_host + ":" + url.port;

  url.target = path;
  if (url.target.empty()) url.target = "/";
  if (view.has_query()) url.target += "?" + text_of(view.encoded_query());
  return url;
}

}  // namespace tollgate::net
