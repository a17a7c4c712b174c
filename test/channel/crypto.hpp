// The channels' side of cryptography for tests, over OpenSSL alone: nothing of plugins/common, or
// both sides could be wrong together. Every failure throws.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace tollgate::test {

/// A fresh RSA key pair.
class KeyPair {
 public:
  explicit KeyPair(unsigned bits = 2048);
  std::string private_pem() const;  ///< PKCS#8
  std::string pkcs1_pem() const;    ///< The older form of a private key.
  std::string public_pem() const;
  /// RSASSA-PKCS1-v1_5 over SHA-256, base64.
  std::string sign(std::string_view message) const;
  /// A certificate signed by itself.
  std::string certificate_pem(std::string_view serial_hex, std::int64_t from_ms,
                              std::int64_t to_ms) const;
  evp_pkey_st* handle() const { return key_.get(); }

 private:
  std::shared_ptr<evp_pkey_st> key_;
};

/// `key_pem` is a public key or a certificate.
bool verify(std::string_view key_pem, std::string_view message, std::string_view signature_base64);

/// AES-256-GCM, tag at the end, base64.
std::string seal(std::string_view key, std::string_view nonce, std::string_view associated_data,
                 std::string_view plain);

/// Lower case hexadecimal.
std::string md5_hex(std::string_view text);

std::string base64(std::string_view bytes);
std::string unbase64(std::string_view text);

}  // namespace tollgate::test
