#include "alipay/trust.hpp"

#include "alipay/signing.hpp"
#include "common/encoding.hpp"

namespace tollgate::alipay {
namespace {

constexpr std::int64_t claim_gap_ms = 60 * 1000;
constexpr std::size_t sn_bytes = 32;
constexpr std::size_t max_certificates = 8;

}  // namespace

std::string_view word(Check check) {
  switch (check) {
    case Check::genuine:
      return "genuine";
    case Check::unknown_serial:
      return "unknown_serial";
    case Check::mismatch:
      break;
  }
  return "signature_mismatch";
}

Trust::Trust(const common::CertificateFile& alipay, common::Certificate first,
             common::CertificateFile roots)
    : roots_(std::move(roots)),
      issuer_(alipay.issuer(0)),
      configured_sn_(certificate_sn(alipay, 0)) {
  Certificates known;
  known.emplace(configured_sn_, std::move(first));
  certificates_ = std::make_shared<const Certificates>(std::move(known));
}

Trust::Snapshot Trust::certificates() const {
  const std::lock_guard lock(mutex_);
  return certificates_;
}

Check Trust::check(std::string_view text, std::string_view signature_base64,
                   std::string_view cert_sn, std::int64_t now_ms) const {
  const Snapshot known = certificates();
  const common::PublicKey* key = key_ ? &*key_ : nullptr;
  if (!key) {
    const auto found = known->find(cert_sn.empty() ? configured_sn_ : cert_sn);
    if (found == known->end() || !found->second.valid_at(now_ms)) return Check::unknown_serial;
    key = &found->second.key();
  }
  const auto signature = common::base64_decode(signature_base64);
  return signature && key->verify_sha256(text, *signature) ? Check::genuine : Check::mismatch;
}

bool Trust::genuine(std::string_view text, std::string_view signature_base64,
                    std::int64_t now_ms) const {
  const auto signature = common::base64_decode(signature_base64);
  if (!signature) return false;
  if (key_) return key_->verify_sha256(text, *signature);
  const Snapshot known = certificates();
  for (const auto& [sn, certificate] : *known)
    if (certificate.valid_at(now_ms) && certificate.key().verify_sha256(text, *signature))
      return true;
  return false;
}

bool Trust::claim_download(std::string_view cert_sn, std::int64_t now_ms) {
  if (key_ || cert_sn.size() != sn_bytes || !common::is_token(cert_sn, sn_bytes)) return false;
  const std::lock_guard lock(mutex_);
  if (certificates_->contains(cert_sn)) return false;  // expired: another copy would be no younger
  if (claimed_ms_ && now_ms >= *claimed_ms_ && now_ms - *claimed_ms_ < claim_gap_ms) return false;
  claimed_ms_ = now_ms;
  return true;
}

bool Trust::install(std::string_view pem, std::string_view cert_sn, std::int64_t now_ms) {
  const auto file = common::CertificateFile::from_pem(pem);
  auto certificate = common::Certificate::from_pem(pem);
  if (!file || !certificate || !roots_ || certificate_sn(*file, 0) != cert_sn ||
      file->issuer(0) != issuer_ || !file->issued_by(*roots_, now_ms))
    return false;
  const std::lock_guard lock(mutex_);
  Certificates known = *certificates_;
  if (known.size() >= max_certificates)
    std::erase_if(known, [&](const auto& entry) { return entry.first != configured_sn_; });
  known.emplace(cert_sn, *std::move(certificate));
  certificates_ = std::make_shared<const Certificates>(std::move(known));
  claimed_ms_.reset();
  return true;
}

}  // namespace tollgate::alipay
