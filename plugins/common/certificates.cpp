#include "common/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "common/openssl_handles.hpp"

namespace tollgate::common {
namespace {

using Store = std::unique_ptr<X509_STORE, Deleter<X509_STORE_free>>;

constexpr std::size_t max_certificates = 32;

struct FreeText {
  void operator()(void* text) const { OPENSSL_free(text); }
};

/// True where reading stopped because there is nothing more.
bool at_end() {
  const auto error = ERR_peek_last_error();
  const bool end =
      ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  return end;
}

std::string value_text(const X509_NAME_ENTRY* entry) {
  unsigned char* raw = nullptr;
  const int size = ASN1_STRING_to_UTF8(&raw, X509_NAME_ENTRY_get_data(entry));
  const std::unique_ptr<unsigned char, FreeText> owned(raw);
  return size < 0 ? "" : std::string(reinterpret_cast<char*>(raw), static_cast<std::size_t>(size));
}

}  // namespace

std::optional<CertificateFile> CertificateFile::from_pem(std::string_view pem) {
  if (pem.size() > max_pem_bytes) return std::nullopt;
  const Bio bio = reader(pem);
  CertificateFile file;
  ERR_clear_error();
  while (X509* const read = PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)) {
    file.certificates_.emplace_back(read, X509_free);
    if (file.size() > max_certificates) return std::nullopt;
  }
  if (!at_end() || file.certificates_.empty()) return std::nullopt;
  return file;
}

std::string CertificateFile::issuer(std::size_t index) const {
  const X509_NAME* const name = X509_get_issuer_name(certificates_.at(index).get());
  std::string text;
  for (int i = X509_NAME_entry_count(name) - 1; i >= 0; --i) {
    const X509_NAME_ENTRY* const entry = X509_NAME_get_entry(name, i);
    const char* const key = OBJ_nid2sn(OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)));
    text.append(text.empty() ? "" : ",").append(key).append("=").append(value_text(entry));
  }
  return text;
}

std::string CertificateFile::serial_decimal(std::size_t index) const {
  const Bignum number(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificates_.at(index).get()), nullptr));
  const std::unique_ptr<char, FreeText> text(number ? BN_bn2dec(number.get()) : nullptr);
  return text ? std::string(text.get()) : "";
}

bool CertificateFile::signed_by_rsa(std::size_t index) const {
  char oid[128] = "";
  const X509_ALGOR* algorithm = nullptr;
  X509_get0_signature(nullptr, &algorithm, certificates_.at(index).get());
  OBJ_obj2txt(oid, sizeof oid, algorithm->algorithm, 1);
  return std::string_view(oid).starts_with("1.2.840.113549.1.1.");
}

bool CertificateFile::issued_by(const CertificateFile& roots, std::int64_t now_ms) const {
  const Store store(X509_STORE_new());
  const StoreContext context(X509_STORE_CTX_new());
  const Stack between(sk_X509_new_null());
  if (!store || !context || !between) return false;
  for (const auto& root : roots.certificates_) X509_STORE_add_cert(store.get(), root.get());
  for (const auto& certificate : certificates_) sk_X509_push(between.get(), certificate.get());
  bool holds = X509_STORE_CTX_init(context.get(), store.get(), certificates_.front().get(),
                                   between.get()) == 1;
  if (holds) {
    X509_STORE_CTX_set_time(context.get(), 0, static_cast<time_t>(now_ms / 1000));
    holds = X509_verify_cert(context.get()) == 1;
  }
  ERR_clear_error();
  return holds;
}

}  // namespace tollgate::common
