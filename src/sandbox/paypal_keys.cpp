#include "sandbox/paypal_keys.hpp"

#include <algorithm>
#include <utility>

#include "base/crypto.hpp"
#include "base/json_writer.hpp"
#include "sandbox/files.hpp"

namespace tollgate::sandbox {
namespace fs = std::filesystem;
namespace {

std::string new_key_pem() {
  return private_key_pem(generate_rsa_key());
}

std::string upper_id(Random& random, std::size_t count) {
  constexpr std::string_view letters = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += letters[random.below(letters.size())];
  return out;
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

std::string cert_id_of(const std::string& cert) {
  const std::string hash = hex_lower(sha256(cert));
  return "CERT-" + hash.substr(0, 8) + "-" + hash.substr(8, 8) + "-" + hash.substr(16, 8);
}

}  // namespace

PaypalKeys::PaypalKeys(const fs::path& dir, const Clock& clock, Random& random)
    : dir_(fs::absolute(dir) / "paypal"), clock_(clock), random_(random) {
  fs::create_directories(dir_);
  fs::permissions(dir_, fs::perms::owner_all);
  authority_.key = read_private_key(read_or_make(dir_ / "ca_key.pem", new_key_pem));
  authority_.pem = read_or_make(dir_ / "ca.pem", [&] {
    CertificateWish wish = leaf_wish();
    wish.common_name = "Simulated PayPal webhook authority";
    wish.authority = true;
    return issue_certificate(authority_.key, wish);
  });
  certificates_.push_back(load_certificate(1));
  while (certificates_.size() < max_certificates &&
         fs::exists(dir_ / ("webhook_cert_" + std::to_string(certificates_.size() + 1) + ".pem")))
    certificates_.push_back(load_certificate(certificates_.size() + 1));
  PaypalApp main;
  main.account_id = "pp-main";
  main.merchant_id = "SANDBOXSHOP01";
  main.email = "shop1@sandbox.example";
  main.shop = "Demo shop 模拟商户一";
  apps_.push_back(load_app(std::move(main), "app"));
  PaypalApp second;
  second.account_id = "pp-second";
  second.merchant_id = "SANDBOXSHOP02";
  second.email = "shop2@sandbox.example";
  second.shop = "Second shop 模拟商户二";
  apps_.push_back(load_app(std::move(second), "app2"));
}

PaypalApp PaypalKeys::load_app(PaypalApp app, const std::string& prefix) {
  const auto keep = [&](const char* name, const std::function<std::string()>& make) {
    return trimmed(read_or_make(dir_ / (prefix + "_" + name), make));
  };
  app.client_id = keep("client_id", [&] { return "A" + random_.alphanumeric(79); });
  app.client_secret = keep("client_secret", [&] { return "E" + random_.alphanumeric(79); });
  app.webhook_id = keep("webhook_id", [&] { return upper_id(random_, 17); });
  return app;
}

CertificateWish PaypalKeys::leaf_wish() const {
  CertificateWish wish;
  wish.common_name = common_name;
  wish.organisation = "tollgate-sandbox";
  wish.country = "US";
  wish.serial = random_serial(random_);
  wish.from = clock_.now().plus_s(-3600);
  return wish;
}

PaypalSignerPtr PaypalKeys::load_certificate(std::size_t number) {
  const std::string stem = "webhook_cert_" + std::to_string(number);
  auto signer = std::make_shared<PaypalSigner>();
  signer->key = read_private_key(read_or_make(dir_ / (stem + "_key.pem"), new_key_pem));
  signer->cert = read_or_make(dir_ / (stem + ".pem"), [&] {
    return issue_certificate(signer->key, leaf_wish(), &authority_);
  });
  signer->cert_id = cert_id_of(signer->cert);
  return signer;
}

const PaypalApp* PaypalKeys::app(std::string_view client_id) const {
  const auto at = std::ranges::find(apps_, client_id, &PaypalApp::client_id);
  return at == apps_.end() ? nullptr : &*at;
}

const PaypalApp* PaypalKeys::app_of_merchant(std::string_view merchant_id) const {
  const auto at = std::ranges::find(apps_, merchant_id, &PaypalApp::merchant_id);
  return at == apps_.end() ? nullptr : &*at;
}

PaypalSignerPtr PaypalKeys::signer() const {
  const std::lock_guard lock(mutex_);
  return certificates_.back();
}

PaypalSignerPtr PaypalKeys::certificate(std::string_view cert_id) const {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& signer : certificates_)
      if (signer->cert_id == cert_id) return signer;
  }
  return stranger()->cert_id == cert_id ? stranger() : nullptr;
}

PaypalSignerPtr PaypalKeys::stranger() const {
  std::call_once(stranger_made_, [this] {
    auto made = std::make_shared<PaypalSigner>();
    made->key = generate_rsa_key();
    made->cert = issue_certificate(made->key, leaf_wish());
    made->cert_id = cert_id_of(made->cert);
    stranger_ = std::move(made);
  });
  return stranger_;
}

Result<PaypalSignerPtr> PaypalKeys::rotate() {
  const std::lock_guard lock(mutex_);
  if (certificates_.size() >= max_certificates)
    return Error(Errc::invalid_request, "too many certificates");
  certificates_.push_back(load_certificate(certificates_.size() + 1));
  return certificates_.back();
}

std::vector<std::string> PaypalKeys::accounts(std::string_view url) const {
  std::vector<std::string> list;
  for (const auto& app : apps_) {
    json::Writer out;
    out.begin_object()
        .field("id", app.account_id)
        .field("channel", "paypal")
        .field("gateway", url)
        .key("settings")
        .begin_object()
        .field("client_id", app.client_id)
        .field("client_secret", app.client_secret)
        .field("webhook_id", app.webhook_id)
        .field("merchant_id", app.merchant_id)
        .field("webhook_ca_file", (dir_ / "ca.pem").string())
        .field("webhook_cert_origin", url);
    list.push_back(out.end_object().end_object().take());
  }
  return list;
}

}  // namespace tollgate::sandbox
