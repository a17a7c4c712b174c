#include "sandbox/authority.hpp"

#include <openssl/ec.h>
#include <zlib.h>

#include <array>
#include <ctime>

#include "base/crypto.hpp"
#include "sandbox/openssl_ptr.hpp"

namespace tollgate::sandbox {
namespace {

using namespace ossl;

constexpr long five_years_s = 5L * 365 * 24 * 3600;

X509Ptr read_x509(const Bio& bio) {
  return X509Ptr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

void add_name(X509_NAME* name, const char* field, std::string_view value) {
  if (value.empty()) return;
  require(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, bytes(value),
                                     static_cast<int>(value.size()), -1, 0) == 1,
          "naming a certificate");
}

void add_extension(X509* x509, X509* issuer, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, x509, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, id, value));
  require(extension && X509_add_ext(x509, extension.get(), -1) == 1, "adding an extension");
}

/// "CN=…,OU=…,O=…,C=…": the parts in reverse order of their encoding.
std::string reversed_name(const X509_NAME* name) {
  std::string out;
  for (int i = X509_NAME_entry_count(name) - 1; i >= 0; --i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
    unsigned char* value = nullptr;
    const int size = ASN1_STRING_to_UTF8(&value, X509_NAME_ENTRY_get_data(entry));
    require(size >= 0, "reading a name");
    if (!out.empty()) out += ',';
    out += OBJ_nid2sn(OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)));
    out.append("=").append(reinterpret_cast<char*>(value), static_cast<std::size_t>(size));
    OPENSSL_free(value);
  }
  return out;
}

std::string sn_of(X509* x509) {
  const BigNumber serial(ASN1_INTEGER_to_BN(X509_get0_serialNumber(x509), nullptr));
  char* decimal = BN_bn2dec(serial.get());
  require(decimal != nullptr, "reading a serial");
  const std::string text = reversed_name(X509_get_issuer_name(x509)) + decimal;
  OPENSSL_free(decimal);
  return md5_hex(text);
}

bool is_rsa_signed(X509* x509) {
  int digest = 0;
  int key = 0;
  return OBJ_find_sigid_algs(X509_get_signature_nid(x509), &digest, &key) == 1 &&
         key == NID_rsaEncryption;
}

}  // namespace

std::string random_serial(Random& random) {
  std::array<unsigned char, 20> bytes{};
  random.fill(bytes);
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x10);
  return {bytes.begin(), bytes.end()};
}

PKey generate_ec_key() {
  PKey key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  require(key != nullptr, "making a key");
  return key;
}

PKey read_public_key(const std::string& pem) {
  const Bio bio = reading(pem);
  PKey key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  require(key != nullptr, "reading a public key");
  return key;
}

PKey read_certificate_key(const std::string& pem) {
  const X509Ptr x509 = read_x509(reading(pem));
  require(x509 != nullptr, "reading a certificate");
  return PKey(X509_get_pubkey(x509.get()), EVP_PKEY_free);
}

std::string issue_certificate(const PKey& key, const CertificateWish& wish, const Issuer* issuer) {
  const X509Ptr x509(X509_new());
  require(x509 != nullptr, "making a certificate");
  const BigNumber number(
      BN_bin2bn(bytes(wish.serial), static_cast<int>(wish.serial.size()), nullptr));
  const auto start_s = static_cast<std::time_t>(wish.from.ms / 1000);
  require(X509_set_version(x509.get(), 2) == 1 &&
              BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x509.get())) != nullptr &&
              ASN1_TIME_set(X509_getm_notBefore(x509.get()), start_s) != nullptr &&
              ASN1_TIME_set(X509_getm_notAfter(x509.get()), start_s + five_years_s) != nullptr &&
              X509_set_pubkey(x509.get(), key.get()) == 1,
          "filling a certificate");
  X509_NAME* name = X509_get_subject_name(x509.get());
  add_name(name, "C", wish.country);
  add_name(name, "O", wish.organisation);
  add_name(name, "OU", wish.unit);
  add_name(name, "CN", wish.common_name);
  X509Ptr above;
  if (issuer) {
    above = read_x509(reading(issuer->pem));
    require(above != nullptr, "reading the issuer");
  }
  X509* voucher = above ? above.get() : x509.get();
  require(X509_set_issuer_name(x509.get(), X509_get_subject_name(voucher)) == 1,
          "naming the issuer");
  add_extension(x509.get(), voucher, NID_basic_constraints,
                wish.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  add_extension(x509.get(), voucher, NID_key_usage,
                wish.authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  add_extension(x509.get(), voucher, NID_subject_key_identifier, "hash");
  require(X509_sign(x509.get(), issuer ? issuer->key.get() : key.get(), EVP_sha256()) != 0,
          "signing a certificate");
  const Bio bio(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_X509(bio.get(), x509.get()) == 1, "writing a certificate");
  return text_of(bio);
}

std::string alipay_cert_sn(const std::string& pem) {
  const X509Ptr x509 = read_x509(reading(pem));
  require(x509 != nullptr, "reading a certificate");
  return sn_of(x509.get());
}

std::string alipay_root_cert_sn(const std::string& bundle) {
  std::string out;
  const Bio bio = reading(bundle);
  while (const X509Ptr x509 = read_x509(bio)) {
    if (!is_rsa_signed(x509.get())) continue;
    if (!out.empty()) out += '_';
    out += sn_of(x509.get());
  }
  return out;
}

std::string md5_hex(std::string_view data) {
  std::string digest(16, '\0');
  require(EVP_Digest(data.data(), data.size(), bytes(digest), nullptr, EVP_md5(), nullptr) == 1,
          "hashing");
  return hex_lower(digest);
}

std::string sign_sha1(const PKey& key, std::string_view message) {
  const Digest digest(EVP_MD_CTX_new());
  std::size_t size = 0;
  require(EVP_DigestSignInit(digest.get(), nullptr, EVP_sha1(), nullptr, key.get()) == 1 &&
              EVP_DigestSign(digest.get(), nullptr, &size, bytes(message), message.size()) == 1,
          "starting a signature");
  std::string signature(size, '\0');
  require(
      EVP_DigestSign(digest.get(), bytes(signature), &size, bytes(message), message.size()) == 1,
      "signing");
  return signature;
}

std::uint32_t crc32_of(std::string_view data) {
  return static_cast<std::uint32_t>(crc32_z(0, ossl::bytes(data), data.size()));
}

}  // namespace tollgate::sandbox
