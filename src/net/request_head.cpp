#include "net/request_head.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "base/utf8.hpp"

namespace tollgate::net {
namespace {

bool has_dot_segment(std::string_view path) {
  for (;;) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (segment == "." || segment == "..") return true;
    if (slash == std::string_view::npos) return false;
    path.remove_prefix(slash + 1);
  }
}

/// The origin form of a target; empty where it has none.
std::string_view origin_form(std::string_view target) {
  if (target.starts_with('/')) return target;
  const std::size_t scheme = target.find("://");
  if (scheme == std::string_view::npos) return {};
  const std::string_view name = target.substr(0, scheme);
  if (name != "http" && name != "https") return {};
  target.remove_prefix(scheme + 3);
  const std::size_t end = target.find_first_of("/?");
  if (end == std::string_view::npos) return "/";
  return target[end] == '/' ? target.substr(end) : std::string_view{};
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// All entries of X-Forwarded-For, in order.
std::vector<std::string_view> forwarded_for(const Headers& headers) {
  std::vector<std::string_view> out;
  for (const auto& [name, value] : headers.all()) {
    if (!equal_ignoring_case(name, "X-Forwarded-For")) continue;
    std::string_view rest = value;
    for (;;) {
      const std::size_t comma = rest.find(',');
      out.push_back(trim(rest.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return out;
}

}  // namespace

bool resolve_target(Request& request) {
  request.path.clear();
  request.query.clear();
  if (request.target == "*" && request.method == Method::options) {
    request.path = "*";
    return true;
  }
  std::string_view target = origin_form(request.target);
  if (target.empty() || target.find('#') != std::string_view::npos) return false;
  const std::size_t mark = target.find('?');
  if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
  auto path = percent_decode(target.substr(0, mark));
  if (!path || has_control_characters(*path) || has_dot_segment(*path)) return false;
  request.path = std::move(*path);
  return true;
}

std::vector<std::string> split_path(std::string_view path) {
  path.remove_prefix(std::min<std::size_t>(path.size(), 1));
  std::vector<std::string> segments;
  segments.reserve(1 + static_cast<std::size_t>(std::ranges::count(path, '/')));
  for (;;) {
    const std::size_t slash = path.find('/');
    segments.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

std::vector<std::string> path_segments(const Request& request) {
  if (request.target.empty()) return split_path(request.path);
  const std::string_view target = origin_form(request.target);
  auto segments = split_path(target.substr(0, target.find('?')));
  for (auto& segment : segments)
    if (auto decoded = percent_decode(segment)) segment = *std::move(decoded);
  return segments;
}

std::optional<std::string_view> encoded_query_param(const Request& request, std::string_view name) {
  std::string_view rest = request.query;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const std::size_t equals = pair.find('=');
    const auto key = percent_decode(pair.substr(0, equals), true);
    if (!key || *key != name) continue;
    return equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
  }
  return std::nullopt;
}

std::string_view loggable_path(const Request& request) {
  constexpr std::string_view buyers = "/pay/";
  const std::string_view path = request.path;
  const std::size_t at = path.find(buyers);
  return at == std::string_view::npos ? path : path.substr(0, at + buyers.size());
}

bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

std::string_view given_request_id(const Headers& headers) {
  const auto given = headers.find("X-Request-Id");
  return given && is_request_id(*given) ? *given : std::string_view{};
}

std::string network_of(const std::string& ip) {
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(ip, ec);
  if (ec || !address.is_v6() || address.to_v6().is_v4_mapped()) return ip;
  return boost::asio::ip::make_network_v6(address.to_v6(), 64).canonical().to_string();
}

std::string client_address(const Headers& headers, const std::string& peer,
                           const std::vector<std::string>& trusted) {
  const auto is_trusted = [&](const std::string& ip) {
    return std::ranges::find(trusted, ip) != trusted.end();
  };
  if (trusted.empty() || !is_trusted(peer)) return peer;
  std::string believed = peer;
  const auto hops = forwarded_for(headers);
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address(*hop, ec);
    if (ec) break;  // nothing left of it can be believed either
    believed = address.to_string();
    if (!is_trusted(believed)) break;
  }
  return believed;
}

}  // namespace tollgate::net
