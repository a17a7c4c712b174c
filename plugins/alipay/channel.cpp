#include "alipay/channel.hpp"

#include <array>

#include "alipay/operations.hpp"
#include "common/account_channel.hpp"
#include "common/encoding.hpp"
#include "common/settings.hpp"
#include "common/time.hpp"

namespace tollgate::alipay {
namespace {

using common::refuse;
using common::Settings;

constexpr std::uint32_t components = TG_COMPONENT(TG_OP_PAY) | TG_COMPONENT(TG_OP_QUERY) |
                                     TG_COMPONENT(TG_OP_CLOSE) | TG_COMPONENT(TG_OP_REFUND) |
                                     TG_COMPONENT(TG_OP_QUERY_REFUND) |
                                     TG_COMPONENT(TG_OP_FETCH_BILL) | TG_COMPONENT(TG_OP_CALLBACK);
constexpr std::int64_t amount_max = 10'000'000'000;

constexpr std::array capabilities{
    sdk::Capability{"page", "CNY", "Alipay", components, sdk::ActionType::redirect, 0, amount_max},
    sdk::Capability{"wap", "CNY", "Alipay", components, sdk::ActionType::redirect, 0, amount_max},
    sdk::Capability{"qr", "CNY", "Alipay", components, sdk::ActionType::qr, 0, amount_max},
    sdk::Capability{"app", "CNY", "Alipay", components, sdk::ActionType::app_string, 0, amount_max},
};

constexpr std::string_view public_key = "alipay_public_key_file";
constexpr std::array<std::string_view, 3> certificate_names{"app_cert_file", "alipay_cert_file",
                                                            "alipay_root_cert_file"};

constexpr std::array settings{
    sdk::Setting{"app_id", TG_SETTING_REQUIRED, "The number of the app."},
    sdk::Setting{"app_private_key_file", TG_SETTING_REQUIRED | TG_SETTING_SECRET | TG_SETTING_FILE,
                 "The app's private key: PEM, or the base64 that Alipay's tool writes."},
    sdk::Setting{"seller_id", TG_SETTING_REQUIRED,
                 "The merchant's number (PID), 16 digits that begin with 2088."},
    sdk::Setting{public_key, TG_SETTING_FILE,
                 "Alipay's public key (not the app's): PEM or its base64. For key mode."},
    sdk::Setting{certificate_names[0], TG_SETTING_FILE,
                 "The app's certificate, PEM. With the two others, for certificate mode."},
    sdk::Setting{certificate_names[1], TG_SETTING_FILE, "Alipay's certificate, PEM."},
    sdk::Setting{certificate_names[2], TG_SETTING_FILE, "Alipay's root certificates, PEM."},
    sdk::Setting{"page_action", 0,
                 "What page and wap answer: \"redirect\", a URL (the default), or \"form\", an "
                 "HTML form that posts itself."},
    sdk::Setting{"qr_product_code", 0,
                 "The product of qr: FACE_TO_FACE_PAYMENT or QR_CODE_OFFLINE. Without it Alipay "
                 "takes its own default."},
};

const std::string& digits(const Settings& values, std::string_view name) {
  const std::string& value = values.token(name, 32);
  if (value.find_first_not_of("0123456789") != std::string::npos)
    refuse(name, "must be digits alone");
  return value;
}

/// One of `words`, or "" where the setting was left out.
std::string choice(const Settings& values, std::string_view name,
                   const std::array<std::string_view, 2>& words) {
  if (!values.has(name)) return "";
  for (const auto word : words)
    if (values.text(name) == word) return std::string(word);
  refuse(name, "must be " + std::string(words[0]) + " or " + std::string(words[1]));
}

/// True for certificate mode.
bool by_certificates(const Settings& values) {
  std::string_view there;
  for (const auto name : certificate_names)
    if (values.has(name)) there = name;
  if (there.empty()) {
    if (!values.has(public_key))
      refuse(public_key,
             "is missing (or, for certificate mode, app_cert_file, alipay_cert_file "
             "and alipay_root_cert_file)");
    return false;
  }
  if (values.has(public_key))
    refuse(public_key, "contradicts " + std::string(there) +
                           ": an account has either the key or "
                           "the certificates");
  for (const auto name : certificate_names)
    if (!values.has(name)) refuse(name, "is missing: it belongs to " + std::string(there));
  return true;
}

common::CertificateFile certificates(const Settings& values, std::string_view name) {
  auto file = common::CertificateFile::from_pem(values.text(name));
  if (!file) refuse(name, "holds no certificates in PEM");
  return *std::move(file);
}

/// The first certificate of a file, whose key must be RSA.
common::Certificate first_certificate(const Settings& values, std::string_view name) {
  auto certificate = common::Certificate::from_pem(values.text(name));
  if (!certificate)
    refuse(name, "must begin with a certificate of an RSA key of 2048 bits or more");
  return *std::move(certificate);
}

std::unique_ptr<Trust> trust_by_key(const Settings& values, const common::PrivateKey& own) {
  auto key = values.public_key(public_key);
  if (key.belongs_to(own))
    refuse(public_key, "is the app's own public key: Alipay shows its own one beside it");
  return std::make_unique<Trust>(std::move(key));
}

std::unique_ptr<Trust> trust_by_certificates(const Settings& values, Signer& signer) {
  const auto [app_name, alipay_name, root_name] = certificate_names;
  const auto app = certificates(values, app_name);
  if (!first_certificate(values, app_name).key().belongs_to(signer.key))
    refuse(app_name, "is not the certificate of app_private_key_file");
  const auto alipay = certificates(values, alipay_name);
  auto first = first_certificate(values, alipay_name);
  if (first.key().belongs_to(signer.key))
    refuse(alipay_name, "is the app's own certificate, not Alipay's");
  auto roots = certificates(values, root_name);
  signer.app_cert_sn = certificate_sn(app, 0);
  signer.root_cert_sn = root_certificate_sn(roots);
  if (signer.root_cert_sn.empty()) refuse(root_name, "has no root that is signed by RSA");
  return std::make_unique<Trust>(alipay, std::move(first), std::move(roots));
}

Account make_account(const sdk::ChannelConfig& config) {
  const Settings values(config.settings_json, settings);
  const common::Gateway gateway = common::parse_gateway(config.gateway);
  const std::string& seller_id = digits(values, "seller_id");
  if (seller_id.size() != 16 || !seller_id.starts_with("2088"))
    refuse("seller_id", "must be 16 digits that begin with 2088");
  Signer signer{digits(values, "app_id"), values.private_key("app_private_key_file"), "", ""};
  auto trust = by_certificates(values) ? trust_by_certificates(values, signer)
                                       : trust_by_key(values, signer.key);
  std::string receiver = seller_id + "/" + signer.app_id;
  return {gateway.origin + (gateway.path.empty() ? "/gateway.do" : gateway.path),
          seller_id,
          std::move(receiver),
          std::move(signer),
          std::move(trust),
          choice(values, "page_action", {"redirect", "form"}) == "form",
          choice(values, "qr_product_code", {"FACE_TO_FACE_PAYMENT", "QR_CODE_OFFLINE"})};
}

constexpr std::array operations{
    common::OperationOf<Account>{sdk::OperationKind::pay, make_pay},
    common::OperationOf<Account>{sdk::OperationKind::query, make_query},
    common::OperationOf<Account>{sdk::OperationKind::close, make_close},
    common::OperationOf<Account>{sdk::OperationKind::refund, make_refund},
    common::OperationOf<Account>{sdk::OperationKind::query_refund, make_query_refund},
    common::OperationOf<Account>{sdk::OperationKind::fetch_bill, make_fetch_bill},
};

std::unique_ptr<sdk::Channel> make(sdk::ChannelConfig config) {
  return std::make_unique<common::AccountChannel<Account>>(config, make_account, operations,
                                                           make_callback, common::beijing_s);
}

}  // namespace

const sdk::Descriptor& describe() {
  static const sdk::Descriptor descriptor{"alipay",     "1.0.0",  "Alipay",
                                          capabilities, settings, &make};
  return descriptor;
}

}  // namespace tollgate::alipay
