#include "sandbox/crypto.hpp"

#include <openssl/rsa.h>

#include <ctime>

#include "sandbox/openssl_ptr.hpp"

namespace tollgate::sandbox {
namespace {

using namespace ossl;

constexpr long five_years_s = 5L * 365 * 24 * 3600;
constexpr int tag_bytes = 16;

TimeMs to_time(const ASN1_TIME* time) {
  const Asn1Time epoch(ASN1_TIME_set(nullptr, 0));
  int days = 0;
  int seconds = 0;
  require(ASN1_TIME_diff(&days, &seconds, epoch.get(), time) == 1, "reading a time");
  return TimeMs{}.plus_s(std::int64_t{days} * 86400 + seconds);
}

Certificate describe(X509* x509) {
  Certificate out;
  const Bio bio(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_X509(bio.get(), x509) == 1, "writing a certificate");
  out.pem = text_of(bio);
  const BigNumber serial(ASN1_INTEGER_to_BN(X509_get0_serialNumber(x509), nullptr));
  char* hex = BN_bn2hex(serial.get());
  require(hex != nullptr, "reading a serial");
  out.serial = hex;
  OPENSSL_free(hex);
  out.not_before = to_time(X509_get0_notBefore(x509));
  out.not_after = to_time(X509_get0_notAfter(x509));
  return out;
}

}  // namespace

std::string sha1_hex(std::string_view data) {
  constexpr std::string_view hex = "0123456789abcdef";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  require(EVP_Digest(data.data(), data.size(), digest, &size, EVP_sha1(), nullptr) == 1, "SHA-1");
  std::string out;
  for (unsigned int i = 0; i < size; ++i) {
    out += hex[digest[i] >> 4];
    out += hex[digest[i] & 15];
  }
  return out;
}

PKey generate_rsa_key() {
  PKey key(EVP_RSA_gen(2048), EVP_PKEY_free);
  require(key != nullptr, "making a key");
  return key;
}

std::string private_key_pem(const PKey& key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                        nullptr) == 1,
          "writing a private key");
  return text_of(bio);
}

std::string public_key_pem(const PKey& key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PUBKEY(bio.get(), key.get()) == 1, "writing a public key");
  return text_of(bio);
}

PKey read_private_key(const std::string& pem) {
  const Bio bio = reading(pem);
  PKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  require(key != nullptr, "reading a private key");
  return key;
}

std::string sign_sha256(const PKey& key, std::string_view message) {
  const Digest digest(EVP_MD_CTX_new());
  require(EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1,
          "starting a signature");
  std::size_t size = 0;
  require(EVP_DigestSign(digest.get(), nullptr, &size, bytes(message), message.size()) == 1,
          "sizing a signature");
  std::string signature(size, '\0');
  require(
      EVP_DigestSign(digest.get(), bytes(signature), &size, bytes(message), message.size()) == 1,
      "signing");
  signature.resize(size);
  return signature;
}

bool verify_sha256(const PKey& key, std::string_view message, std::string_view signature) {
  const Digest digest(EVP_MD_CTX_new());
  require(EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1,
          "starting a verification");
  return EVP_DigestVerify(digest.get(), bytes(signature), signature.size(), bytes(message),
                          message.size()) == 1;
}

std::string seal_aes_gcm(const Sealing& with, std::string_view plain) {
  require(with.key.size() == 32 && with.nonce.size() == 12, "sealing with this key and nonce");
  const Cipher cipher(EVP_CIPHER_CTX_new());
  require(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(with.key),
                             bytes(with.nonce)) == 1,
          "starting a cipher");
  int size = 0;
  require(EVP_EncryptUpdate(cipher.get(), nullptr, &size, bytes(with.associated_data),
                            static_cast<int>(with.associated_data.size())) == 1,
          "binding associated data");
  std::string out(plain.size() + tag_bytes, '\0');
  require(EVP_EncryptUpdate(cipher.get(), bytes(out), &size, bytes(plain),
                            static_cast<int>(plain.size())) == 1,
          "encrypting");
  int rest = 0;
  require(EVP_EncryptFinal_ex(cipher.get(), bytes(out) + size, &rest) == 1, "encrypting the end");
  require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes,
                              bytes(out) + plain.size()) == 1,
          "taking the tag");
  return out;
}

Certificate make_certificate(const PKey& key, std::string_view serial, TimeMs from) {
  const X509Ptr x509(X509_new());
  require(x509 != nullptr, "making a certificate");
  const BigNumber number(BN_bin2bn(bytes(serial), static_cast<int>(serial.size()), nullptr));
  const auto start_s = static_cast<std::time_t>(from.ms / 1000);
  require(X509_set_version(x509.get(), 2) == 1 &&
              BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x509.get())) != nullptr &&
              ASN1_TIME_set(X509_getm_notBefore(x509.get()), start_s) != nullptr &&
              ASN1_TIME_set(X509_getm_notAfter(x509.get()), start_s + five_years_s) != nullptr &&
              X509_set_pubkey(x509.get(), key.get()) == 1,
          "filling a certificate");
  X509_NAME* name = X509_get_subject_name(x509.get());
  const auto add = [name](const char* field, std::string_view value) {
    return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, bytes(value),
                                      static_cast<int>(value.size()), -1, 0) == 1;
  };
  require(add("O", "tollgate-sandbox") && add("CN", "Simulated WeChat Pay platform"),
          "naming a certificate");
  require(X509_set_issuer_name(x509.get(), name) == 1 &&
              X509_sign(x509.get(), key.get(), EVP_sha256()) != 0,
          "signing a certificate");
  return describe(x509.get());
}

Certificate read_certificate(const std::string& pem) {
  const Bio bio = reading(pem);
  const X509Ptr x509(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  require(x509 != nullptr, "reading a certificate");
  return describe(x509.get());
}

}  // namespace tollgate::sandbox
