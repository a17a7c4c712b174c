#include "alipay/signing.hpp"

#include "common/encoding.hpp"

namespace tollgate::alipay {

std::string signed_text(const common::Form& parameters, Empty empty) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    if (name == "sign" || (value.empty() && empty == Empty::dropped)) continue;
    if (!text.empty()) text += '&';
    text.append(name).append("=").append(value);
  }
  return text;
}

std::string certificate_sn(const common::CertificateFile& file, std::size_t index) {
  return common::hex_lower(common::md5(file.issuer(index) + file.serial_decimal(index)));
}

std::string root_certificate_sn(const common::CertificateFile& roots) {
  std::string sn;
  for (std::size_t i = 0; i < roots.size(); ++i)
    if (roots.signed_by_rsa(i)) sn.append(sn.empty() ? "" : "_").append(certificate_sn(roots, i));
  return sn;
}

void Signer::sign(common::Form& parameters) const {
  parameters["sign"] = common::base64_encode(key.sign_sha256(signed_text(parameters)));
}

}  // namespace tollgate::alipay
