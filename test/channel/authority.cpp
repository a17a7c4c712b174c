#include "authority.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace tollgate::test {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Key native(const KeyPair& pair) {
  const std::string pem = pair.private_pem();
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free_all);
  return Key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
}

void name_it(X509_NAME* name, std::string_view common_name) {
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.data()),
                             static_cast<int>(common_name.size()), -1, 0);
}

void extend(X509* certificate, int nid, const char* value) {
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, nid, value), X509_EXTENSION_free);
  if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1)
    throw std::runtime_error("a certificate's extension");
}

struct Names {
  std::string_view subject, issuer;
};

std::string make(const Names& names, const KeyPair& subject_key, const KeyPair& issuer_key,
                 Authority::Life life, bool is_authority) {
  static long serial = 1000;
  const std::unique_ptr<X509, decltype(&X509_free)> x509(X509_new(), X509_free);
  const Key subject = native(subject_key);
  const Key issuer = native(issuer_key);
  X509_set_version(x509.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), ++serial);
  name_it(X509_get_subject_name(x509.get()), names.subject);
  X509_NAME* const issued_by = X509_NAME_new();
  name_it(issued_by, names.issuer);
  X509_set_issuer_name(x509.get(), issued_by);
  X509_NAME_free(issued_by);
  ASN1_TIME_set(X509_getm_notBefore(x509.get()), life.from_ms / 1000);
  ASN1_TIME_set(X509_getm_notAfter(x509.get()), life.to_ms / 1000);
  X509_set_pubkey(x509.get(), subject.get());
  extend(x509.get(), NID_basic_constraints,
         is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (is_authority)
    extend(x509.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  else
    extend(x509.get(), NID_ext_key_usage, "serverAuth,clientAuth");
  if (X509_sign(x509.get(), issuer.get(), EVP_sha256()) <= 0)
    throw std::runtime_error("signing a certificate");
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()), BIO_free_all);
  PEM_write_bio_X509(bio.get(), x509.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

Authority::Authority(std::string name, Life life)
    : name_(std::move(name)), pem_(make({name_, name_}, key_, key_, life, true)) {}

Authority::Authority(std::string name, Life life, const Authority& parent)
    : name_(std::move(name)), pem_(make({name_, parent.name_}, key_, parent.key_, life, true)) {}

std::string Authority::issue(std::string_view common_name, const KeyPair& key, Life life) const {
  return make({common_name, name_}, key, key_, life, false);
}

}  // namespace tollgate::test
