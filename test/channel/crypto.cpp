#include "crypto.hpp"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <stdexcept>
#include <vector>

namespace tollgate::test {
namespace {

void require(bool holds, const char* what) {
  ERR_clear_error();
  if (!holds) throw std::runtime_error(what);
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

template <class Write>
std::string written(Write write) {
  const Bio bio(BIO_new(BIO_s_mem()), BIO_free_all);
  require(write(bio.get()) == 1, "writing PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

KeyPair::KeyPair(unsigned bits) : key_(EVP_RSA_gen(bits), EVP_PKEY_free) {
  require(key_ != nullptr, "making an RSA key");
}

std::string KeyPair::private_pem() const {
  return written([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string KeyPair::pkcs1_pem() const {
  return written([&](BIO* bio) {
    return PEM_write_bio_PrivateKey_traditional(bio, key_.get(), nullptr, nullptr, 0, nullptr,
                                                nullptr);
  });
}

std::string KeyPair::public_pem() const {
  return written([&](BIO* bio) { return PEM_write_bio_PUBKEY(bio, key_.get()); });
}

std::string KeyPair::sign(std::string_view message) const {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  std::vector<unsigned char> out(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())));
  std::size_t size = out.size();
  require(
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
          EVP_DigestSign(context.get(), out.data(), &size, bytes_of(message), message.size()) == 1,
      "signing");
  return base64({reinterpret_cast<char*>(out.data()), size});
}

std::string KeyPair::certificate_pem(std::string_view serial_hex, std::int64_t from_ms,
                                     std::int64_t to_ms) const {
  const std::unique_ptr<X509, decltype(&X509_free)> x509(X509_new(), X509_free);
  BIGNUM* number = nullptr;
  BN_hex2bn(&number, std::string(serial_hex).c_str());
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> serial(number, BN_free);
  X509_NAME* name = X509_get_subject_name(x509.get());
  require(
      BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(x509.get())) != nullptr &&
          X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, bytes_of("test"), -1, -1, 0) == 1 &&
          X509_set_issuer_name(x509.get(), name) == 1 &&
          ASN1_TIME_set(X509_getm_notBefore(x509.get()), from_ms / 1000) != nullptr &&
          ASN1_TIME_set(X509_getm_notAfter(x509.get()), to_ms / 1000) != nullptr &&
          X509_set_pubkey(x509.get(), key_.get()) == 1 &&
          X509_sign(x509.get(), key_.get(), EVP_sha256()) > 0,
      "making a certificate");
  return written([&](BIO* bio) { return PEM_write_bio_X509(bio, x509.get()); });
}

bool verify(std::string_view key_pem, std::string_view message, std::string_view signature_base64) {
  const Bio bio(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())), BIO_free_all);
  EVP_PKEY* raw = nullptr;
  if (key_pem.find("BEGIN CERTIFICATE") != std::string_view::npos) {
    const std::unique_ptr<X509, decltype(&X509_free)> x509(
        PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
    require(x509 != nullptr, "reading a certificate");
    raw = X509_get_pubkey(x509.get());
  } else {
    raw = PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr);
  }
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(raw, EVP_PKEY_free);
  require(key != nullptr, "reading a key");
  const std::string signature = unbase64(signature_base64);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  const bool holds =
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                       message.size()) == 1;
  ERR_clear_error();
  return holds;
}

std::string seal(std::string_view key, std::string_view nonce, std::string_view associated_data,
                 std::string_view plain) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  std::vector<unsigned char> out(plain.size() + 16);
  int size = 0;
  require(key.size() == 32 && nonce.size() == 12, "sizes of a sealing");
  require(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key),
                             bytes_of(nonce)) == 1 &&
              EVP_EncryptUpdate(context.get(), nullptr, &size, bytes_of(associated_data),
                                static_cast<int>(associated_data.size())) == 1 &&
              EVP_EncryptUpdate(context.get(), out.data(), &size, bytes_of(plain),
                                static_cast<int>(plain.size())) == 1,
          "sealing");
  int rest = 0;
  require(EVP_EncryptFinal_ex(context.get(), out.data() + size, &rest) == 1 &&
              EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, 16,
                                  out.data() + plain.size()) == 1,
          "sealing");
  return base64({reinterpret_cast<char*>(out.data()), out.size()});
}

std::string md5_hex(std::string_view text) {
  unsigned char digest[16];
  unsigned int size = 0;
  require(EVP_Digest(text.data(), text.size(), digest, &size, EVP_md5(), nullptr) == 1, "MD5");
  std::string hex;
  for (const unsigned char byte : digest) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes_of(bytes),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string unbase64(std::string_view text) {
  std::string out(text.size() / 4 * 3 + 1, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes_of(text),
                                   static_cast<int>(text.size()));
  require(size >= 0, "reading base64");
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

}  // namespace tollgate::test
