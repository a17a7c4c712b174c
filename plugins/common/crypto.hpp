// Channel cryptography over OpenSSL. Keys are parsed once and algorithms fetched once: parsing a
// key at each verification is 28 times slower. Objects are immutable and may be used from any
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_md_ctx_st;
struct evp_pkey_st;

namespace tollgate::common {

/// 32 raw bytes.
std::string sha256(std::string_view data);
/// 20 raw bytes; for channels' checksums only.
std::string sha1(std::string_view data);
/// The same of what comes in pieces.
class Sha1 {
 public:
  /// Throws std::runtime_error where OpenSSL fails, as update and finish do.
  Sha1();
  void update(std::string_view piece);
  /// 20 raw bytes; to be called once.
  std::string finish();

 private:
  std::shared_ptr<evp_md_ctx_st> context_;
};
/// 16 raw bytes; broken, for names that channels derive and for channels that know nothing better.
std::string md5(std::string_view data);
/// 32 raw bytes.
std::string hmac_sha256(std::string_view key, std::string_view data);

/// Takes the same time wherever the difference lies; the lengths are not hidden.
bool equal_constant_time(std::string_view a, std::string_view b);

/// Signs with RSASSA-PKCS1-v1_5 over SHA-256.
class PrivateKey {
 public:
  /// An RSA key of at least 2048 bits in PEM (PKCS#8 or PKCS#1), not encrypted; nothing for all
  /// else.
  static std::optional<PrivateKey> from_pem(std::string_view pem);
  /// PEM, or what stands between its first and last line alone, as some channels' tools write it.
  static std::optional<PrivateKey> from_text(std::string_view text);

  /// Raw bytes. Throws std::runtime_error where OpenSSL fails.
  std::string sign_sha256(std::string_view message) const;

 private:
  friend class PublicKey;
  explicit PrivateKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
  std::shared_ptr<evp_pkey_st> key_;
};

/// Verifies RSASSA-PKCS1-v1_5 over SHA-256.
class PublicKey {
 public:
  /// An RSA key of at least 2048 bits in PEM (SubjectPublicKeyInfo); nothing for all else.
  static std::optional<PublicKey> from_pem(std::string_view pem);
  /// PEM, or what stands between its first and last line alone.
  static std::optional<PublicKey> from_text(std::string_view text);

  /// True where `key` is the private half of this one.
  bool belongs_to(const PrivateKey& key) const noexcept;
  /// `signature` are raw bytes. False for whatever does not hold; never throws.
  bool verify_sha256(std::string_view message, std::string_view signature) const noexcept;

 private:
  friend class Certificate;
  explicit PublicKey(std::shared_ptr<evp_pkey_st> key);
  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<evp_md_ctx_st> verifying_;  ///< Ready to verify; each use copies it.
};

/// The facts of an X.509 certificate with an RSA key. Its chain is not checked: a caller trusts it
/// for how it came.
class Certificate {
 public:
  /// One certificate in PEM; nothing for all else.
  static std::optional<Certificate> from_pem(std::string_view pem);

  const std::string& serial() const { return serial_; }  ///< Hexadecimal, upper case.
  const PublicKey& key() const { return key_; }
  std::int64_t not_before_ms() const { return not_before_ms_; }
  std::int64_t not_after_ms() const { return not_after_ms_; }
  bool valid_at(std::int64_t now_ms) const {
    return now_ms >= not_before_ms_ && now_ms <= not_after_ms_;
  }

 private:
  explicit Certificate(PublicKey key) : key_(std::move(key)) {}
  std::string serial_;
  PublicKey key_;
  std::int64_t not_before_ms_ = 0, not_after_ms_ = 0;
};

/// AES-256-GCM (or AES-128-GCM by a key of 16 bytes). `sealed` is the ciphertext with the 16 bytes
/// of the tag at its end, the nonce is 12 bytes. Nothing where the tag does not hold or a length is
/// wrong.
std::optional<std::string> aes_gcm_open(std::string_view key, std::string_view nonce,
                                        std::string_view associated_data, std::string_view sealed);

}  // namespace tollgate::common
