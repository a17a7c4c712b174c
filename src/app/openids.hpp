// How a buyer becomes known to an account whose channel wants to know him: OAuth 2.0 as WeChat has
// it. The buyer's app is sent to the channel's page, comes back with a code, and the code is
// changed for his openid.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "net/http_client.hpp"

namespace tollgate::app {

/// Thread-safe.
class Openids {
 public:
  /// `client` outlives it. A channel that does not answer within `timeout_ms` is given up.
  Openids(net::HttpClient& client, std::int64_t timeout_ms)
      : client_(client), timeout_ms_(timeout_ms) {}

  /// At the start and at a reload.
  void replace(const std::vector<AccountEntry>& accounts);
  /// Whether the account's configuration says how.
  bool knows(const std::string& account_id) const { return find(account_id).has_value(); }

  /// Where the buyer's app is sent to, and from there back to `back` with `code` and `state` added.
  /// Nothing for an account that is not known.
  std::optional<std::string> page(const std::string& account_id, const std::string& back,
                                  const std::string& state) const;
  /// The openid for a code. Errors: method_unavailable (account), channel_refused (the code is
  /// worth nothing, or the configuration is wrong), channel_busy, channel_unavailable.
  net::Awaitable<Result<std::string>> ask(std::string account_id, std::string code) const;

 private:
  using Entries = std::map<std::string, OpenidEntry>;
  std::optional<OpenidEntry> find(const std::string& account_id) const;

  net::HttpClient& client_;
  const std::int64_t timeout_ms_;
  mutable std::mutex mutex_;
  Entries entries_;
};

}  // namespace tollgate::app
