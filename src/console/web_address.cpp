#include "console/web_address.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>

#include "net/url.hpp"

namespace tollgate::console {
namespace {

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == ':' || c == '[' || c == ']';
}

}  // namespace

std::optional<std::string> web_origin(std::string_view url) {
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed || !parsed->has_authority() || parsed->has_userinfo()) return std::nullopt;
  const auto scheme = parsed->scheme_id();
  if (scheme != boost::urls::scheme::http && scheme != boost::urls::scheme::https)
    return std::nullopt;
  if (!net::parse_url(url)) return std::nullopt;  // Boost.URL 1.81 cuts "1.2.3.4.example" in two
  const std::string host_and_port(parsed->encoded_host_and_port());
  if (parsed->encoded_host().empty() || !std::ranges::all_of(host_and_port, is_host_character)) {
    return std::nullopt;
  }
  const bool secure = scheme == boost::urls::scheme::https;
  return (secure ? "https://" : "http://") + host_and_port;
}

std::string path_of(std::string_view url) {
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed) return {};
  std::string path(parsed->encoded_path());
  while (path.ends_with('/')) path.pop_back();
  return path;
}

}  // namespace tollgate::console
