// The keys of the simulated WeChat Pay platform and of its merchants, kept in a folder.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "sandbox/crypto.hpp"

namespace tollgate::sandbox {

struct WechatMerchant {
  std::string account_id;  ///< Of the ready-made Tollgate account.
  std::string mch_id;
  std::string app_id;
  std::string shop;
  std::string serial;  ///< Of the merchant's own certificate.
  PKey key;
  std::string api_v3_key;  ///< 32 ASCII characters.
  std::string app_secret;  ///< 32 hexadecimal digits.
  std::filesystem::path key_file;
  bool public_key_mode = true;  ///< The way its ready-made account verifies us.
};

/// What messages are signed with: the platform's bare key, or one with a certificate.
struct WechatSigner {
  std::string serial;  ///< PUB_KEY_ID_…, or the certificate's serial.
  PKey key;
  Certificate certificate;  ///< Empty for the bare key.
};
using WechatSignerPtr = std::shared_ptr<const WechatSigner>;

/// Thread-safe.
class WechatKeys {
 public:
  static constexpr std::size_t max_certificates = 50;

  /// Reads `dir`/wechat, making what is missing. Throws std::runtime_error or a filesystem error.
  WechatKeys(std::filesystem::path dir, const Clock& clock, Random& random);

  const std::vector<WechatMerchant>& merchants() const { return merchants_; }
  /// nullptr for a merchant that does not exist.
  const WechatMerchant* merchant(std::string_view mch_id) const;

  /// The platform's bare key, under its PUB_KEY_ID.
  WechatSignerPtr public_key() const { return public_key_; }
  /// The newest certificate that this merchant is served with.
  WechatSignerPtr certificate(std::string_view mch_id) const;
  /// What this merchant's notices are signed with.
  WechatSignerPtr notice_signer(std::string_view mch_id) const;
  /// All certificates, oldest first.
  std::vector<WechatSignerPtr> certificates() const;
  /// A key of no merchant and no platform, for forgeries.
  PKey strangers_key() const;

  /// Makes a new certificate and signs with it from now on. Errors: not_found, invalid_request (too
  /// many).
  Result<WechatSignerPtr> rotate(std::string_view mch_id);
  /// Errors: not_found.
  Result<void> sign_notices_with(std::string_view mch_id, bool public_key);

  /// One `accounts` entry a merchant for Tollgate's configuration, as JSON objects.
  std::vector<std::string> accounts(std::string_view gateway) const;

 private:
  struct Serving {
    WechatSignerPtr certificate;
    bool public_key = true;
  };
  WechatMerchant load_merchant(WechatMerchant merchant, const std::string& prefix);
  void load_platform();
  WechatSignerPtr load_certificate(std::size_t number);

  const std::filesystem::path dir_;
  const Clock& clock_;
  Random& random_;
  std::vector<WechatMerchant> merchants_;
  WechatSignerPtr public_key_;
  mutable std::once_flag strangers_key_made_;
  mutable PKey strangers_key_;
  std::filesystem::path public_key_file_;
  mutable std::mutex mutex_;
  std::vector<WechatSignerPtr> certificates_;
  std::map<std::string, Serving, std::less<>> serving_;  // by mch_id
};

}  // namespace tollgate::sandbox
