#include "common/ca_store.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "common/certificates.hpp"
#include "common/openssl_handles.hpp"

namespace tollgate::common {
namespace {

constexpr int auth_level = 2;  // RSA of 2048 bits and SHA-2 at the least

bool signed_by_itself(X509* certificate) {
  return X509_check_issued(certificate, certificate) == X509_V_OK;
}

/// True for exactly one common name, equal to one of `names` byte for byte.
bool has_name(X509* certificate, std::span<const std::string_view> names) {
  X509_NAME* const subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return false;
  const ASN1_STRING* const data = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, data);
  if (size < 0) return false;
  const std::string_view name(reinterpret_cast<char*>(text), static_cast<std::size_t>(size));
  const bool known = std::find(names.begin(), names.end(), name) != names.end();
  OPENSSL_free(text);
  return known;
}

Chain meaning(int error, int depth) {
  const bool dates = error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID;
  if (dates && depth == 0) return Chain::not_valid_now;
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:  // of an intermediate: another one may lead there
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return Chain::no_chain;
    default:
      return Chain::unusable;
  }
}

}  // namespace

std::optional<CaStore> CaStore::from_pem(std::span<const std::string_view> texts) {
  std::shared_ptr<X509_STORE> roots(X509_STORE_new(), X509_STORE_free);
  Certificates others;
  if (!roots) return std::nullopt;
  for (const auto text : texts) {
    const auto file = CertificateFile::from_pem(text);
    if (!file) return std::nullopt;
    for (const auto& certificate : file->certificates_) {
      if (!signed_by_itself(certificate.get()))
        others.push_back(certificate);
      else if (X509_STORE_add_cert(roots.get(), certificate.get()) != 1)
        return std::nullopt;
    }
  }
  return CaStore(std::move(roots), std::move(others));
}

CaStore::Checked CaStore::check(std::string_view pem, std::span<const std::string_view> names,
                                std::int64_t now_ms) const {
  const auto file = CertificateFile::from_pem(pem);
  if (!file) return {};
  const Certificates& given = file->certificates_;
  if (!has_name(given.front().get(), names)) return {Chain::wrong_name, std::nullopt};

  const Stack helpers(sk_X509_new_null());
  const StoreContext context(X509_STORE_CTX_new());
  if (!helpers || !context) return {};
  for (const auto& certificate : others_) sk_X509_push(helpers.get(), certificate.get());
  for (std::size_t i = 1; i < given.size(); ++i) sk_X509_push(helpers.get(), given[i].get());
  if (X509_STORE_CTX_init(context.get(), roots_.get(), given.front().get(), helpers.get()) != 1)
    return {};
  X509_VERIFY_PARAM* const rules = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(rules, static_cast<time_t>(now_ms / 1000));
  X509_VERIFY_PARAM_set_auth_level(rules, auth_level);
  X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_SSL_SERVER);
  const bool holds = X509_verify_cert(context.get()) == 1;
  const int error = X509_STORE_CTX_get_error(context.get());
  const int depth = X509_STORE_CTX_get_error_depth(context.get());
  ERR_clear_error();
  if (!holds) return {meaning(error, depth), std::nullopt};
  auto certificate = Certificate::from_pem(pem);
  if (!certificate) return {};
  return {Chain::trusted, std::move(certificate)};
}

}  // namespace tollgate::common
