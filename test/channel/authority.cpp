#include "authority.hpp"

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace tollgate::test {
namespace {

void require(bool holds) {
  if (!holds) throw std::runtime_error("making a certificate");
}

void set(X509_NAME* out, const Names& names) {
  const auto add = [&](const char* field, const std::string& value) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(value.data());
    const int size = static_cast<int>(value.size());
    if (!value.empty())
      require(X509_NAME_add_entry_by_txt(out, field, MBSTRING_UTF8, bytes, size, -1, 0) == 1);
  };
  add("C", names.country);
  add("O", names.organisation);
  add("OU", names.unit);
  add("CN", names.common);
}

void add_extension(X509* x509, int nid, const char* value) {
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, nid, value), X509_EXTENSION_free);
  require(extension && X509_add_ext(x509, extension.get(), -1) == 1);
}

struct Wanted {
  const Names& subject;
  const Names& issuer;
  std::int64_t serial;
  Life life;
  bool authority;
};

std::string made(const KeyPair& key, const KeyPair& issuer_key, const Wanted& wanted) {
  const std::unique_ptr<X509, decltype(&X509_free)> x509(X509_new(), X509_free);
  require(x509 && X509_set_version(x509.get(), X509_VERSION_3) == 1);
  set(X509_get_subject_name(x509.get()), wanted.subject);
  set(X509_get_issuer_name(x509.get()), wanted.issuer);
  require(ASN1_INTEGER_set_int64(X509_get_serialNumber(x509.get()), wanted.serial) == 1 &&
          ASN1_TIME_set(X509_getm_notBefore(x509.get()), wanted.life.from_ms / 1000) != nullptr &&
          ASN1_TIME_set(X509_getm_notAfter(x509.get()), wanted.life.to_ms / 1000) != nullptr &&
          X509_set_pubkey(x509.get(), key.handle()) == 1);
  add_extension(x509.get(), NID_basic_constraints,
                wanted.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  require(X509_sign(x509.get(), issuer_key.handle(), EVP_sha256()) > 0);
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()), BIO_free_all);
  require(PEM_write_bio_X509(bio.get(), x509.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

std::string Names::backwards() const {
  return "CN=" + common + ",OU=" + unit + ",O=" + organisation + ",C=" + country;
}

Authority::Authority(Names names, std::int64_t serial, Life life)
    : names_(std::move(names)), pem_(made(key_, key_, {names_, names_, serial, life, true})) {}

Authority::Authority(const Authority& parent, Names names, std::int64_t serial, Life life)
    : names_(std::move(names)),
      pem_(made(key_, parent.key_, {names_, parent.names_, serial, life, true})) {}

std::string Authority::issue(const KeyPair& subject, const Names& names, std::int64_t serial,
                             Life life) const {
  return made(subject, key_, {names, names_, serial, life, false});
}

}  // namespace tollgate::test
