// Signatures as Standard Webhooks 1.0 has them, and the keys for them.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "base/strong_id.hpp"

namespace tollgate::notify {

/// Raw bytes that sign for one webhook.
using SigningKey = Secret<std::string>;

/// Makes every webhook's keys from the one master key, so that no key is ever stored (P9). The same
/// webhook and generation always give the same key.
class KeyMaker {
 public:
  /// 32 random bytes; asserted.
  explicit KeyMaker(Secret<std::string> master);
  /// 24 bytes.
  SigningKey make(WebhookId webhook, std::int64_t generation) const;

 private:
  Secret<std::string> master_;
};

/// "whsec_" and the key in base64: what the receiver is given, once.
std::string secret_text(const SigningKey& key);

/// "v1," and the base64 of HMAC-SHA256 over `id.timestamp.body`; `timestamp_s` is Unix time.
std::string sign(std::string_view id, std::int64_t timestamp_s, std::string_view body,
                 const SigningKey& key);

}  // namespace tollgate::notify
