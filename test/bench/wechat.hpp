// WeChat Pay's side of the wire with OpenSSL alone: what it signs and seals, what its notices hold.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tollgate::bench {

inline constexpr std::string_view app_id = "wx2421b1c4370ec43b";
inline constexpr std::string_view mch_id = "1900000001";
inline constexpr std::string_view account_id = "wx-main";

struct KeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, KeyFree>;

/// The key in a PEM file. Throws std::runtime_error.
Key read_private_key(const std::string& path);
Key read_public_key(const std::string& path);

std::string base64(std::string_view bytes);
/// For text without line breaks whose padding is right; empty where it is broken.
std::string base64_bytes(std::string_view text);

/// RSASSA-PKCS1-v1_5 with SHA-256.
std::string sign(EVP_PKEY* key, std::string_view message);
/// AES-256-GCM: cipher text, then the tag of 16 bytes.
std::string seal(std::string_view key, std::string_view nonce, std::string_view aad,
                 std::string_view plain);

struct Signer {
  EVP_PKEY* key;
  std::string serial;
};

/// The five Wechatpay-… lines over a body, each ended by CRLF.
std::string signature_lines(const Signer& signer, std::int64_t now_s, std::string_view nonce,
                            std::string_view body);

/// The body of a TRANSACTION.SUCCESS notice about a trade of 99.00 yuan.
std::string notice_body(std::string_view api_v3_key, std::int64_t number, std::string_view pay_no);

}  // namespace tollgate::bench
