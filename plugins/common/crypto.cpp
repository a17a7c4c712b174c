#include "common/crypto.hpp"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <chrono>
#include <ctime>
#include <stdexcept>

#include "common/encoding.hpp"
#include "common/openssl_handles.hpp"

namespace tollgate::common {
namespace {

using DigestContext = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Deleter<EVP_CIPHER_CTX_free>>;
using X509Ptr = std::unique_ptr<X509, Deleter<X509_free>>;

constexpr int min_rsa_bits = 2048;
constexpr std::size_t gcm_tag_bytes = 16;
constexpr std::size_t gcm_nonce_bytes = 12;

// Fetched once and kept for good: freeing them at exit would race with OpenSSL's own clean-up.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched;
}
const EVP_MD* sha1_algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  return fetched;
}
const EVP_MD* md5_algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "MD5", nullptr);
  return fetched;
}
const EVP_CIPHER* gcm_algorithm(std::size_t key_bytes) {
  static const EVP_CIPHER* const aes256 = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  static const EVP_CIPHER* const aes128 = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);
  return key_bytes == 32 ? aes256 : key_bytes == 16 ? aes128 : nullptr;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

std::string digest(const EVP_MD* algorithm, std::string_view data) {
  if (!algorithm) throw std::runtime_error("this OpenSSL does not offer the digest");
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  if (EVP_Digest(data.data(), data.size(), bytes_of(out), &size, algorithm, nullptr) != 1)
    throw std::runtime_error("digest failed");
  out.resize(size);
  return out;
}

/// Base64 over any number of lines, dressed as PEM; "" for anything else.
std::string armoured(std::string_view base64, std::string_view label) {
  constexpr std::size_t line_bytes = 64;
  std::string digits;
  for (const char c : base64)
    if (c != '\n' && c != '\r' && c != ' ' && c != '\t') digits += c;
  if (!base64_decode(digits)) return {};
  for (std::size_t at = line_bytes; at < digits.size(); at += line_bytes + 1)
    digits.insert(at, 1, '\n');
  const std::string name(label);
  return "-----BEGIN " + name + "-----\n" + digits + "\n-----END " + name + "-----\n";
}

bool is_armoured(std::string_view text) {
  return text.find("-----BEGIN") != std::string_view::npos;
}

std::shared_ptr<EVP_PKEY> checked_rsa(EVP_PKEY* key) {
  ERR_clear_error();
  if (!key) return nullptr;
  std::shared_ptr<EVP_PKEY> owned(key, EVP_PKEY_free);
  if (!EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_get_bits(key) < min_rsa_bits) return nullptr;
  return owned;
}

std::string serial_of(const X509& certificate) {
  const Bignum number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(&certificate), nullptr));
  if (!number || BN_is_negative(number.get())) return {};
  char* const text = BN_bn2hex(number.get());
  if (!text) return {};
  std::string serial(text);
  OPENSSL_free(text);
  return serial;
}

std::optional<std::int64_t> time_ms(const ASN1_TIME* time) {
  std::tm tm{};
  if (!time || ASN1_TIME_to_tm(time, &tm) != 1) return std::nullopt;
  using namespace std::chrono;
  const year_month_day date{year(tm.tm_year + 1900), month(static_cast<unsigned>(tm.tm_mon + 1)),
                            day(static_cast<unsigned>(tm.tm_mday))};
  if (!date.ok()) return std::nullopt;
  const auto at = sys_days(date) + hours(tm.tm_hour) + minutes(tm.tm_min) + seconds(tm.tm_sec);
  return duration_cast<milliseconds>(at.time_since_epoch()).count();
}

}  // namespace

std::string sha256(std::string_view data) {
  return digest(sha256_algorithm(), data);
}
std::string sha1(std::string_view data) {
  return digest(sha1_algorithm(), data);
}

Sha1::Sha1() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
  if (!context_ || !sha1_algorithm() ||
      EVP_DigestInit_ex(context_.get(), sha1_algorithm(), nullptr) != 1)
    throw std::runtime_error("this OpenSSL does not offer the digest");
}

void Sha1::update(std::string_view piece) {
  if (EVP_DigestUpdate(context_.get(), piece.data(), piece.size()) != 1)
    throw std::runtime_error("digest failed");
}

std::string Sha1::finish() {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  if (EVP_DigestFinal_ex(context_.get(), bytes_of(out), &size) != 1)
    throw std::runtime_error("digest failed");
  out.resize(size);
  return out;
}

std::string md5(std::string_view data) {
  return digest(md5_algorithm(), data);
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  if (!HMAC(sha256_algorithm(), key.data(), static_cast<int>(key.size()), bytes_of(data),
            data.size(), bytes_of(out), &size))
    throw std::runtime_error("HMAC failed");
  out.resize(size);
  return out;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::optional<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
  if (pem.size() > max_pem_bytes) return std::nullopt;
  const Bio bio = reader(pem);
  auto key = checked_rsa(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (!key) return std::nullopt;
  return PrivateKey(std::move(key));
}

std::optional<PrivateKey> PrivateKey::from_text(std::string_view text) {
  if (text.size() > max_pem_bytes) return std::nullopt;
  if (is_armoured(text)) return from_pem(text);
  auto key = from_pem(armoured(text, "PRIVATE KEY"));
  return key ? key : from_pem(armoured(text, "RSA PRIVATE KEY"));
}

std::string PrivateKey::sign_sha256(std::string_view message) const {
  const DigestContext context(EVP_MD_CTX_new());
  std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key_.get()));
  std::string signature(size, '\0');
  const bool made =
      context &&
      EVP_DigestSignInit(context.get(), nullptr, sha256_algorithm(), nullptr, key_.get()) == 1 &&
      EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(message),
                     message.size()) == 1;
  ERR_clear_error();
  if (!made) throw std::runtime_error("signing failed");
  signature.resize(size);
  return signature;
}

std::optional<PublicKey> PublicKey::from_pem(std::string_view pem) {
  if (pem.size() > max_pem_bytes) return std::nullopt;
  const Bio bio = reader(pem);
  auto key = checked_rsa(PEM_read_bio_PUBKEY(bio.get(), nullptr, no_passphrase, nullptr));
  if (!key) return std::nullopt;
  return PublicKey(std::move(key));
}

PublicKey::PublicKey(std::shared_ptr<EVP_PKEY> key)
    : key_(std::move(key)), verifying_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
  // Once a key instead of once a message: a sixth of a verification.
  if (!verifying_ ||
      EVP_DigestVerifyInit(verifying_.get(), nullptr, sha256_algorithm(), nullptr, key_.get()) != 1)
    verifying_.reset();
  ERR_clear_error();
}

std::optional<PublicKey> PublicKey::from_text(std::string_view text) {
  if (text.size() > max_pem_bytes) return std::nullopt;
  return from_pem(is_armoured(text) ? std::string(text) : armoured(text, "PUBLIC KEY"));
}

bool PublicKey::belongs_to(const PrivateKey& key) const noexcept {
  const bool same = EVP_PKEY_eq(key_.get(), key.key_.get()) == 1;
  ERR_clear_error();
  return same;
}

bool PublicKey::verify_sha256(std::string_view message, std::string_view signature) const noexcept {
  const DigestContext context(EVP_MD_CTX_new());
  const bool holds = context && verifying_ &&
                     EVP_MD_CTX_copy_ex(context.get(), verifying_.get()) == 1 &&
                     EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                                      bytes_of(message), message.size()) == 1;
  ERR_clear_error();
  return holds;
}

std::optional<Certificate> Certificate::from_pem(std::string_view pem) {
  if (pem.size() > max_pem_bytes) return std::nullopt;
  const Bio bio = reader(pem);
  const X509Ptr x509(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (!x509) return std::nullopt;
  auto key = checked_rsa(X509_get_pubkey(x509.get()));
  const auto from = time_ms(X509_get0_notBefore(x509.get()));
  const auto to = time_ms(X509_get0_notAfter(x509.get()));
  if (!key || !from || !to) return std::nullopt;
  Certificate certificate{PublicKey(std::move(key))};
  certificate.serial_ = serial_of(*x509);
  if (certificate.serial_.empty()) return std::nullopt;
  certificate.not_before_ms_ = *from;
  certificate.not_after_ms_ = *to;
  return certificate;
}

std::optional<std::string> aes_gcm_open(std::string_view key, std::string_view nonce,
                                        std::string_view associated_data, std::string_view sealed) {
  const EVP_CIPHER* const algorithm = gcm_algorithm(key.size());
  constexpr std::size_t max_bytes = 16 * 1024 * 1024;
  if (!algorithm || nonce.size() != gcm_nonce_bytes || sealed.size() < gcm_tag_bytes ||
      sealed.size() > max_bytes || associated_data.size() > max_bytes)
    return std::nullopt;
  std::string tag(sealed.substr(sealed.size() - gcm_tag_bytes));
  sealed.remove_suffix(gcm_tag_bytes);

  const CipherContext context(EVP_CIPHER_CTX_new());
  std::string plain(sealed.size() + gcm_tag_bytes, '\0');
  int size = 0;
  int rest = 0;
  int ignored = 0;
  const bool holds =
      context &&
      EVP_DecryptInit_ex2(context.get(), algorithm, bytes_of(key), bytes_of(nonce), nullptr) == 1 &&
      (associated_data.empty() ||
       EVP_DecryptUpdate(context.get(), nullptr, &ignored, bytes_of(associated_data),
                         static_cast<int>(associated_data.size())) == 1) &&
      (sealed.empty() || EVP_DecryptUpdate(context.get(), bytes_of(plain), &size, bytes_of(sealed),
                                           static_cast<int>(sealed.size())) == 1) &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(gcm_tag_bytes),
                          tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), bytes_of(plain) + size, &rest) == 1;
  ERR_clear_error();
  if (!holds) {
    OPENSSL_cleanse(plain.data(), plain.size());
    return std::nullopt;
  }
  plain.resize(static_cast<std::size_t>(size) + static_cast<std::size_t>(rest));
  return plain;
}

}  // namespace tollgate::common
