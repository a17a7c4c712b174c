// Addresses that a buyer may be sent to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tollgate::console {

/// "https://host[:port]" of an absolute http or https URL; nothing for anything else (javascript:,
/// user info, a host that a Content-Security-Policy could not hold).
std::optional<std::string> web_origin(std::string_view url);

/// True where a page may link to it.
inline bool is_web_address(std::string_view url) {
  return web_origin(url).has_value();
}

/// The path of an absolute URL without a slash at its end: "" for "https://pay.example.com".
std::string path_of(std::string_view url);

}  // namespace tollgate::console
