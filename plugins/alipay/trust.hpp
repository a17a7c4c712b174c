// Whose signatures an account believes: in key mode Alipay's public key; in certificate mode
// Alipay's certificates by their SN, the configured one and those that the gateway named and that
// were downloaded since (alipay.md section 1).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "common/certificates.hpp"
#include "common/crypto.hpp"

namespace tollgate::alipay {

enum class Check { genuine, unknown_serial, mismatch };

/// A stable word for records and refusals.
std::string_view word(Check check);

/// Thread-safe; shared by all operations of a channel.
class Trust {
 public:
  /// Key mode.
  explicit Trust(common::PublicKey key) : key_(std::move(key)) {}
  /// Certificate mode. `alipay` holds Alipay's certificate first, `first` is that one.
  Trust(const common::CertificateFile& alipay, common::Certificate first,
        common::CertificateFile roots);

  /// Of an answer. `cert_sn` is what it names as Alipay's certificate, "" for none: then it is the
  /// configured one. Expired certificates are not known.
  Check check(std::string_view text, std::string_view signature_base64, std::string_view cert_sn,
              std::int64_t now_ms) const;
  /// Of a notice, which names no certificate: every one that is known will do.
  bool genuine(std::string_view text, std::string_view signature_base64, std::int64_t now_ms) const;

  /// True where a certificate of this SN, not known, is worth a download. After one that brought
  /// nothing the next waits a minute. A true answer counts as a download.
  bool claim_download(std::string_view cert_sn, std::int64_t now_ms);
  /// Takes in what the gateway gave for the SN: PEM. Believed for its chain to the configured roots
  /// and because the issuer that made Alipay's configured certificate made this one; the app's
  /// certificates come from another. False, and nothing changes, where that does not hold.
  bool install(std::string_view pem, std::string_view cert_sn, std::int64_t now_ms);

 private:
  using Certificates = std::map<std::string, common::Certificate, std::less<>>;
  using Snapshot = std::shared_ptr<const Certificates>;
  Snapshot certificates() const;

  std::optional<common::PublicKey> key_;
  std::optional<common::CertificateFile> roots_;
  std::string issuer_, configured_sn_;
  mutable std::mutex mutex_;
  Snapshot certificates_ = std::make_shared<Certificates>();
  std::optional<std::int64_t> claimed_ms_;
};

}  // namespace tollgate::alipay
