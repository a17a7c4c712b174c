// The work that no receiver of WeChat Pay notices can leave out, each step by the quickest way that
// OpenSSL and RapidJSON offer: keys parsed once, algorithms fetched once, contexts reused.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

#include "bench/wechat.hpp"

namespace tollgate::bench {

/// What a notice holds beside its resource.
struct Notice {
  std::string event_id, ciphertext, nonce, aad;
};

/// For one thread.
class NoticeCheck {
 public:
  NoticeCheck(EVP_PKEY* platform_key, std::string api_v3_key);

  /// RSA over timestamp, nonce and body.
  bool verify(std::string_view timestamp, std::string_view nonce, std::string_view body,
              std::string_view signature_base64);
  /// False for what is no notice.
  static bool parse(std::string_view body, Notice& out);
  /// Base64, then AES-256-GCM; false where the tag does not hold. The text is in plain().
  bool open(const Notice& notice);
  const std::string& plain() const { return plain_; }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* c) const { EVP_MD_CTX_free(c); }
    void operator()(EVP_CIPHER_CTX* c) const { EVP_CIPHER_CTX_free(c); }
    void operator()(EVP_CIPHER* c) const { EVP_CIPHER_free(c); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> pattern_, digest_;
  std::unique_ptr<EVP_CIPHER, Free> cipher_;
  std::unique_ptr<EVP_CIPHER_CTX, Free> context_;
  std::string message_, plain_;
};

}  // namespace tollgate::bench
