// The simulator's own cryptography, straight on OpenSSL and shared with no plugin, so that both
// sides cannot be wrong together.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace tollgate::sandbox {

/// An RSA key, or its public half. Immutable, may be shared by threads.
using PKey = std::shared_ptr<EVP_PKEY>;

// All of these throw std::runtime_error where OpenSSL refuses.

PKey generate_rsa_key();
/// PKCS#8, not encrypted.
std::string private_key_pem(const PKey& key);
/// SubjectPublicKeyInfo.
std::string public_key_pem(const PKey& key);
PKey read_private_key(const std::string& pem);

/// RSASSA-PKCS1-v1_5 with SHA-256; raw bytes.
std::string sign_sha256(const PKey& key, std::string_view message);
bool verify_sha256(const PKey& key, std::string_view message, std::string_view signature);

/// 40 hexadecimal digits.
std::string sha1_hex(std::string_view data);

struct Sealing {
  std::string_view key;    ///< 32 bytes.
  std::string_view nonce;  ///< 12 bytes.
  std::string_view associated_data;
};
/// AES-256-GCM: the cipher text with its 16 byte tag at the end.
std::string seal_aes_gcm(const Sealing& with, std::string_view plain);

struct Certificate {
  std::string pem;
  std::string serial;  ///< Upper-case hex, 40 characters.
  TimeMs not_before;
  TimeMs not_after;
};
/// Self-signed, valid for five years from `from`; `serial` is 20 bytes, the first in [0x10, 0x7f].
Certificate make_certificate(const PKey& key, std::string_view serial, TimeMs from);
Certificate read_certificate(const std::string& pem);

}  // namespace tollgate::sandbox
