// Certificates that an authority of the simulator's own issues.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "sandbox/crypto.hpp"

namespace tollgate::sandbox {

struct CertificateWish {
  std::string common_name;
  std::string unit;  ///< Left out where empty.
  std::string organisation;
  std::string country = "CN";
  std::string serial;      ///< See random_serial.
  TimeMs from;             ///< Valid for five years.
  bool authority = false;  ///< May issue others.
};

/// Whose certificate and key vouch.
struct Issuer {
  std::string pem;
  PKey key;
};

// All of these throw std::runtime_error where OpenSSL refuses.

/// 20 bytes whose hex form has 40 characters and whose number is positive.
std::string random_serial(Random& random);
/// P-256.
PKey generate_ec_key();
PKey read_public_key(const std::string& pem);
/// The key of the first certificate in the text.
PKey read_certificate_key(const std::string& pem);
/// PEM; self-signed without an issuer. Signed with SHA-256.
std::string issue_certificate(const PKey& key, const CertificateWish& wish,
                              const Issuer* issuer = nullptr);

/// Alipay's number of a certificate: MD5 of "CN=…,OU=…,O=…,C=…" of the issuer, most specific first,
/// and the serial in decimal; 32 lower-case hex digits.
std::string alipay_cert_sn(const std::string& pem);
/// The numbers of all RSA-signed certificates of a bundle, joined by "_".
std::string alipay_root_cert_sn(const std::string& bundle);

std::string md5_hex(std::string_view data);
/// Weak on purpose: RSASSA-PKCS1-v1_5 with SHA-1, for forgeries.
std::string sign_sha1(const PKey& key, std::string_view message);
/// As zlib computes it.
std::uint32_t crc32_of(std::string_view data);

}  // namespace tollgate::sandbox
