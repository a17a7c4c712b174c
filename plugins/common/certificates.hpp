// The certificates of a PEM file together: bundles of roots, and a certificate with those between
// it and a root.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/crypto.hpp"

struct x509_st;

namespace tollgate::common {

/// Immutable; may be used from any thread.
class CertificateFile {
 public:
  /// One to 32 certificates in PEM, of any algorithm; nothing for all else.
  static std::optional<CertificateFile> from_pem(std::string_view pem);

  std::size_t size() const { return certificates_.size(); }
  /// The issuer's names, the last first: "CN=…,OU=…,O=…,C=CN", values as they are.
  std::string issuer(std::size_t index) const;
  std::string serial_decimal(std::size_t index) const;
  /// True where the certificate's own signature is one by RSA.
  bool signed_by_rsa(std::size_t index) const;

  /// True where the first certificate was issued by one in `roots`, directly or by way of the
  /// others in this file, all of them valid at that time.
  bool issued_by(const CertificateFile& roots, std::int64_t now_ms) const;

 private:
  friend class CaStore;
  std::vector<std::shared_ptr<x509_st>> certificates_;
};

}  // namespace tollgate::common
