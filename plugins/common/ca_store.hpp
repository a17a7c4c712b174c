// Which certificates are believed: those with a chain to a root that is given, valid at a time that
// is given, and made out to a name that is given.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "common/crypto.hpp"

struct x509_st;
struct x509_store_st;

namespace tollgate::common {

enum class Chain {
  trusted,
  not_valid_now,  ///< The certificate itself is not valid yet, or no more.
  wrong_name,
  no_chain,  ///< None leads to a root of ours; perhaps a root that we do not know yet.
  unusable,  ///< No certificate, or one that breaks a rule of X.509.
};

/// Immutable; may be used from any thread.
class CaStore {
 public:
  /// Certificates in PEM: those signed by themselves become roots, the others help to build chains.
  /// Nothing where a text holds no certificate or one that cannot be read.
  static std::optional<CaStore> from_pem(std::span<const std::string_view> texts);

  struct Checked {
    Chain chain = Chain::unusable;
    std::optional<Certificate> certificate;  ///< Where trusted.
  };
  /// `pem`: a certificate for TLS servers with an RSA key, then perhaps others of its chain. Its
  /// only common name must be one of `names`.
  Checked check(std::string_view pem, std::span<const std::string_view> names,
                std::int64_t now_ms) const;

 private:
  using Certificates = std::vector<std::shared_ptr<x509_st>>;
  CaStore(std::shared_ptr<x509_store_st> roots, Certificates others)
      : roots_(std::move(roots)), others_(std::move(others)) {}

  std::shared_ptr<x509_store_st> roots_;
  Certificates others_;
};

}  // namespace tollgate::common
