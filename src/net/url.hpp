// The parts of a URL that a client needs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tollgate::net {

struct Url {
  bool tls = false;
  std::string host;       ///< A name, or an address without brackets.
  std::string port;       ///< In decimal; the scheme's where the URL has none.
  std::string authority;  ///< As the Host field wants it.
  std::string target;     ///< Path and query, still encoded; at least "/".
  bool host_is_address = false;
};

/// Nothing for anything but an absolute http or https URL with a host, without user info.
std::optional<Url> parse_url(std::string_view text);

}  // namespace tollgate::net
