// The texts that Alipay's gateway signs (alipay.md sections 2.1 and 5), and the app's signature.
#pragma once

#include <string>
#include <string_view>

#include "common/certificates.hpp"
#include "common/crypto.hpp"
#include "common/form.hpp"

namespace tollgate::alipay {

enum class Empty { kept, dropped };

/// "name=value&…" in the order of the names, values as they are: not encoded. `sign` is never part
/// of it.
std::string signed_text(const common::Form& parameters, Empty empty = Empty::dropped);

/// The name that Alipay gives a certificate: 32 hexadecimal digits.
std::string certificate_sn(const common::CertificateFile& file, std::size_t index);
/// Of a bundle of roots: those signed by RSA, joined by "_"; "" where there is none.
std::string root_certificate_sn(const common::CertificateFile& roots);

/// The merchant's app: who signs, and with what.
struct Signer {
  std::string app_id;
  common::PrivateKey key;
  std::string app_cert_sn, root_cert_sn;  ///< Of certificate mode; "" in key mode.

  /// Adds `sign`, over all that is there.
  void sign(common::Form& parameters) const;
};

}  // namespace tollgate::alipay
