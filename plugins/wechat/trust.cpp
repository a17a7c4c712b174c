#include "wechat/trust.hpp"

#include "common/encoding.hpp"
#include "common/json.hpp"
#include "wechat/resource.hpp"
#include "wechat/signing.hpp"

namespace tollgate::wechat {
namespace {

constexpr std::int64_t routine_age_ms = 12LL * 3600 * 1000;
constexpr std::int64_t claim_gap_ms = 60 * 1000;
constexpr std::int64_t failed_gap_ms = 5 * 1000;
constexpr std::size_t max_certificates = 64;
constexpr std::string_view key_id_prefix = "PUB_KEY_ID_";
constexpr std::string_view probe_prefix = "WECHATPAY/SIGNTEST/";
constexpr std::string_view signature_type = "WECHATPAY2-SHA256-RSA2048";

bool any_valid(const PlatformCertificates& certificates, std::int64_t now_ms) {
  for (const auto& [serial, certificate] : certificates)
    if (certificate.valid_at(now_ms)) return true;
  return false;
}

/// True where a whole gap has passed since `then`, or the clock went backwards.
bool gap_over(std::optional<std::int64_t> then, std::int64_t now_ms,
              std::int64_t gap_ms = claim_gap_ms) {
  return !then || now_ms < *then || now_ms - *then >= gap_ms;
}

}  // namespace

std::string_view word(Check check) {
  switch (check) {
    case Check::genuine:
      return "genuine";
    case Check::missing_header:
      return "missing_header";
    case Check::malformed:
      return "malformed";
    case Check::stale:
      return "stale";
    case Check::unknown_serial:
      return "unknown_serial";
    case Check::mismatch:
      break;
  }
  return "signature_mismatch";
}

std::optional<PlatformCertificates> read_certificates(std::string_view body,
                                                      std::string_view api_v3_key,
                                                      std::int64_t now_ms) {
  const auto document = common::JsonDocument::parse(body);
  if (!document) return std::nullopt;
  const auto list = document->root()["data"];
  if (list.size() == 0 || list.size() > max_certificates) return std::nullopt;
  PlatformCertificates certificates;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto opened = open_resource(list.at(i)["encrypt_certificate"], api_v3_key);
    if (!opened.plain) return std::nullopt;
    auto certificate = common::Certificate::from_pem(*opened.plain);
    if (!certificate) continue;  // of another algorithm
    if (certificate->serial() != list.at(i)["serial_no"].text_or_empty()) return std::nullopt;
    if (!certificate->valid_at(now_ms)) continue;
    std::string serial = certificate->serial();
    certificates.emplace(std::move(serial), *std::move(certificate));
  }
  return certificates;
}

Trust::Snapshot Trust::certificates() const {
  const std::lock_guard lock(mutex_);
  return certificates_;
}

Check Trust::check(const SignedText& text, std::int64_t now_ms, std::int64_t age_s) const {
  return check_with(*certificates(), text, now_ms, age_s);
}

Check Trust::check_with(const PlatformCertificates& certificates, const SignedText& text,
                        std::int64_t now_ms, std::int64_t age_s) const {
  if (text.serial.empty() || text.timestamp.empty() || text.nonce.empty() || text.signature.empty())
    return Check::missing_header;
  const auto timestamp_s = common::parse_digits(text.timestamp);
  if (!timestamp_s || *timestamp_s > INT64_MAX / 2000) return Check::malformed;
  const std::int64_t away_ms = now_ms - *timestamp_s * 1000;
  if (away_ms >= age_s * 1000 || away_ms <= -age_s * 1000) return Check::stale;

  const common::PublicKey* key = nullptr;
  if (platform_key_ && text.serial == platform_key_->id) {
    key = &platform_key_->key;
  } else if (const auto found = certificates.find(text.serial);
             found != certificates.end() && found->second.valid_at(now_ms)) {
    key = &found->second.key();
  }
  if (!key) return Check::unknown_serial;

  if (!text.signature_type.empty() && text.signature_type != signature_type) return Check::mismatch;
  if (text.signature.starts_with(probe_prefix)) return Check::mismatch;
  const auto signature = common::base64_decode(text.signature);
  if (!signature) return Check::mismatch;
  const std::string message = answer_message(text.timestamp, text.nonce, text.body);
  return key->verify_sha256(message, *signature) ? Check::genuine : Check::mismatch;
}

std::string Trust::preferred_serial(std::int64_t now_ms) const {
  if (platform_key_) return platform_key_->id;
  const Snapshot snapshot = certificates();
  const common::Certificate* newest = nullptr;
  for (const auto& [serial, certificate] : *snapshot)
    if (certificate.valid_at(now_ms) &&
        (!newest || certificate.not_before_ms() > newest->not_before_ms()))
      newest = &certificate;
  return newest ? newest->serial() : std::string();
}

bool Trust::can_verify(std::int64_t now_ms) const {
  return platform_key_ || any_valid(*certificates(), now_ms);
}

bool Trust::claim_routine_fetch(std::int64_t now_ms) {
  if (!by_certificates()) return false;
  const std::lock_guard lock(mutex_);
  if (any_valid(*certificates_, now_ms)) {
    const bool old = !installed_ms_ || now_ms - *installed_ms_ >= routine_age_ms;
    if (!old || !gap_over(claimed_ms_, now_ms)) return false;
  }
  claimed_ms_ = now_ms;
  return true;
}

bool Trust::claim_fetch_for(std::string_view serial, std::int64_t now_ms) {
  // A public key is never handed out by the interface, so there is nothing to be had for its id.
  if (serial.starts_with(key_id_prefix) || !common::is_token(serial, 64)) return false;
  const std::lock_guard lock(mutex_);
  if (!gap_over(searched_ms_, now_ms, search_failed_ ? failed_gap_ms : claim_gap_ms)) return false;
  searched_ms_ = now_ms;
  searched_serial_ = serial;
  search_failed_ = true;  // until the answer is in
  return true;
}

bool Trust::install(const sdk::Response& response, std::int64_t now_ms) {
  if (response.transport != sdk::Transport::ok || response.status != 200) return false;
  auto brought = read_certificates(response.body, api_v3_key_, now_ms);
  if (!brought || brought->empty()) return false;
  if (check_with(*brought, SignedText::of(response), now_ms, max_age_s) != Check::genuine)
    return false;
  auto fresh = std::make_shared<const PlatformCertificates>(*std::move(brought));
  const std::lock_guard lock(mutex_);
  search_failed_ = false;
  // A search that found what it was for was worth it: the next one need not wait.
  if (fresh->contains(searched_serial_)) searched_ms_.reset();
  certificates_ = std::move(fresh);
  installed_ms_ = now_ms;
  return true;
}

}  // namespace tollgate::wechat
