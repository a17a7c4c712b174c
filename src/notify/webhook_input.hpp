// Reads what callers say about webhooks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "net/http.hpp"
#include "notify/address_guard.hpp"

namespace tollgate::notify {

struct WebhookSpec {
  std::string url;
  std::vector<std::string> events;
  std::optional<std::string> description;
};

/// Nothing means: as it was.
struct WebhookPatch {
  std::optional<std::string> url;
  std::optional<std::vector<std::string>> events;
  std::optional<std::optional<std::string>> description;  ///< null takes it away.
  std::optional<bool> enabled;
};

struct ReplayRange {
  TimeMs since;
  std::optional<TimeMs> until;
};

/// Each names all that is wrong. Errors: malformed_request, unsupported_media_type,
/// invalid_request.
Result<WebhookSpec> parse_webhook(const net::Request& request, Reach reach);
Result<WebhookPatch> parse_patch(const net::Request& request, Reach reach);
Result<ReplayRange> parse_replay(const net::Request& request);

/// What is wrong with an endpoint's URL; empty where it is fine: absolute http or https, at most
/// 2048 bytes, no user, no fragment, a host that is_reachable_host accepts.
std::string check_url(std::string_view url, Reach reach);

}  // namespace tollgate::notify
