// Addresses that a channel tells us: read strictly, before anything is sent there.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tollgate::common {

struct Url {
  bool tls = false;
  std::string host;       ///< In lower case, without port; an IPv6 address in its brackets.
  std::string authority;  ///< Host and port as they stand, in lower case.
  std::string target;     ///< Path and query; at least "/".

  std::string origin() const { return (tls ? "https://" : "http://") + authority; }
};

/// Nothing for all but an absolute http or https URL in printable ASCII, of at most 2048
/// characters, without a user, a fragment, or a port that is none.
std::optional<Url> parse_url(std::string_view text);

}  // namespace tollgate::common
