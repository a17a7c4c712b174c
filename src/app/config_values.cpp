#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "app/config_internal.hpp"
#include "net/url.hpp"

namespace tollgate::app {

bool is_ip_address(const std::string& text) {
  boost::system::error_code failed;
  boost::asio::ip::make_address(text, failed);
  return !failed;
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto digits = text.substr(colon + 1);
  Endpoint out;
  const auto [end, failed] =
      std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
  if (digits.empty() || failed != std::errc() || end != digits.data() + digits.size())
    return std::nullopt;
  auto host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (bracketed != (host.find(':') != std::string_view::npos)) return std::nullopt;
  out.address = host == "localhost" ? "127.0.0.1" : host;
  return is_ip_address(out.address) ? std::optional(out) : std::nullopt;
}

std::optional<std::string> web_url_problem(const std::string& text) {
  const auto url = boost::urls::parse_uri(text);
  const bool web = url && (url->scheme() == "http" || url->scheme() == "https");
  if (!web || url->host().empty()) return "must be an absolute http or https URL";
  if (url->has_userinfo()) return "must hold no user info";
  if (url->has_query() || url->has_fragment()) return "must have no query and no fragment";
  // The last word has the reader that the client uses.
  if (!net::parse_url(text)) return "must be an absolute http or https URL";
  return std::nullopt;
}

std::string without_slash_at_end(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

std::optional<std::int64_t> parse_millionths(std::string_view text) {
  constexpr std::int64_t one = 1'000'000;
  const auto point = text.find('.');
  std::string digits(text.substr(0, point));
  std::string fraction(point == std::string_view::npos ? "" : text.substr(point + 1));
  if (digits.size() != 1 || fraction.size() > 6 ||
      (point != std::string_view::npos && fraction.empty()))
    return std::nullopt;
  fraction.resize(6, '0');
  digits += fraction;
  if (digits.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  const std::int64_t value = std::stoll(digits);
  return value <= one ? std::optional(value) : std::nullopt;
}

std::optional<std::int64_t> parse_time_of_day(std::string_view text) {
  const auto digit = [&](std::size_t at) { return text[at] - '0'; };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const std::size_t at : {0, 1, 3, 4})
    if (digit(at) < 0 || digit(at) > 9) return std::nullopt;
  const int hour = digit(0) * 10 + digit(1);
  const int minute = digit(3) * 10 + digit(4);
  if (hour > 23 || minute > 59) return std::nullopt;
  return hour * 3'600 + minute * 60;
}

std::string resolve_path(const std::string& config_file, const std::string& path) {
  namespace fs = std::filesystem;
  return (fs::absolute(config_file).parent_path() / path).lexically_normal().string();
}

FileText read_text_file(const std::string& path, std::size_t max) {
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) return {std::nullopt, "it is a directory"};
  std::ifstream in(path, std::ios::binary);
  if (!in) return {std::nullopt, std::generic_category().message(errno)};
  std::string text(max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return {std::nullopt, "it cannot be read"};
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > max)
    return {std::nullopt, "it is longer than " + std::to_string(max) + " bytes"};
  return {std::move(text), ""};
}

}  // namespace tollgate::app
