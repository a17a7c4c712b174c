// Who calls, and may they: the Authorization header and the other headers that a request must
// carry.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/clock.hpp"
#include "net/http.hpp"
#include "sandbox/wechat_error.hpp"
#include "sandbox/wechat_keys.hpp"

namespace tollgate::sandbox {

/// The nonces that one merchant used lately. Not thread-safe.
class NonceMemory {
 public:
  /// Longer than a timestamp can be valid, counted from the first use.
  static constexpr std::int64_t kept_ms = 11 * 60 * 1000;
  static constexpr std::size_t max_nonces = 100'000;  ///< Over it the oldest are forgotten.

  /// False where it was used before.
  bool use(const std::string& nonce, TimeMs now);

 private:
  std::deque<std::pair<TimeMs, std::string>> order_;
  std::unordered_set<std::string> used_;
};

/// The five fields of `Authorization: WECHATPAY2-SHA256-RSA2048 …`.
struct WechatAuthorization {
  std::string mch_id;
  std::string nonce;
  std::string signature;
  std::string timestamp;
  std::string serial;

  /// Strict: one space after the scheme, exactly the five fields, in any order, nothing else.
  /// Otherwise the reason.
  static std::optional<WechatError> parse(std::string_view header, WechatAuthorization& out);
};

/// Thread-safe.
class WechatAuth {
 public:
  static constexpr std::int64_t max_age_s = 300;

  /// Freshness is judged by `clock`, the true one, so that setting the simulator's stamps wrong
  /// does not refuse the requests.
  WechatAuth(const WechatKeys& keys, const Clock& clock) : keys_(keys), clock_(clock) {}

  struct Outcome {
    const WechatMerchant* merchant = nullptr;  ///< Set where the caller is authentic.
    std::string claimed_mch_id;
    std::optional<WechatError> error;
  };
  /// Checks everything that does not depend on the endpoint: signature, freshness, nonce, headers.
  Outcome check(const net::Request& request);

 private:
  std::optional<WechatError> check_signature(const net::Request& request,
                                             const WechatAuthorization& claims,
                                             const WechatMerchant& merchant);
  std::optional<WechatError> check_headers(const net::Request& request) const;

  const WechatKeys& keys_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, NonceMemory> nonces_;  // by mch_id, of existing merchants alone
};

}  // namespace tollgate::sandbox
