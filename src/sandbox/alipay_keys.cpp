#include "sandbox/alipay_keys.hpp"

#include <algorithm>
#include <utility>

#include "base/json_writer.hpp"
#include "sandbox/files.hpp"

namespace tollgate::sandbox {
namespace fs = std::filesystem;
namespace {

std::string new_key_pem() {
  return private_key_pem(generate_rsa_key());
}

CertificateWish wish(std::string name, const Clock& clock, Random& random) {
  CertificateWish out;
  out.common_name = std::move(name);
  out.unit = "Simulated Certification Authority";
  out.organisation = "tollgate-sandbox";
  out.serial = random_serial(random);
  out.from = clock.now().plus_s(-3600);
  return out;
}

}  // namespace

AlipayKeys::AlipayKeys(const fs::path& dir, const Clock& clock, Random& random)
    : dir_(fs::absolute(dir) / "alipay"), clock_(clock), random_(random) {
  fs::create_directories(dir_);
  fs::permissions(dir_, fs::perms::owner_all);
  load_roots();
  auto bare = std::make_shared<AlipaySigner>();
  bare->key = read_private_key(read_or_make(dir_ / "alipay_key.pem", new_key_pem));
  write_file(dir_ / "alipay_public_key.pem", public_key_pem(bare->key));
  bare_ = std::move(bare);
  certificates_.push_back(load_certificate(1));
  while (certificates_.size() < max_certificates &&
         fs::exists(dir_ / ("alipay_cert_" + std::to_string(certificates_.size() + 1) + ".crt")))
    certificates_.push_back(load_certificate(certificates_.size() + 1));
  AlipayApp main;
  main.account_id = "ali-main";
  main.app_id = "2021000000000001";
  main.seller_id = "2088000000000001";
  main.shop = "模拟商户一 Demo shop";
  apps_.push_back(load_app(std::move(main), "app"));
  AlipayApp second;
  second.account_id = "ali-cert";
  second.app_id = "2021000000000002";
  second.seller_id = "2088000000000002";
  second.shop = "模拟商户二 Second shop";
  second.by_certificate = true;
  apps_.push_back(load_app(std::move(second), "app2"));
}

void AlipayKeys::load_roots() {
  root_.key = read_private_key(read_or_make(dir_ / "root_key.pem", new_key_pem));
  const auto make = [&] {
    // Like the real bundle it also holds a root that is not signed with RSA and counts for nothing.
    CertificateWish elliptic = wish("Simulated Alipay EC root", clock_, random_);
    elliptic.authority = true;
    CertificateWish rsa = wish("Simulated Alipay root", clock_, random_);
    rsa.authority = true;
    return issue_certificate(generate_ec_key(), elliptic) + issue_certificate(root_.key, rsa);
  };
  const std::string bundle = read_or_make(dir_ / "alipay_root_cert.crt", make);
  root_cert_sn_ = alipay_root_cert_sn(bundle);
  root_.pem = bundle.substr(bundle.rfind("-----BEGIN CERTIFICATE"));
}

AlipayApp AlipayKeys::load_app(AlipayApp app, const std::string& prefix) {
  app.key_file = dir_ / (prefix + "_key.pem");
  app.key = read_private_key(read_or_make(app.key_file, new_key_pem));
  if (!app.by_certificate) return app;
  app.cert_file = dir_ / (prefix + "_cert.crt");
  const std::string cert = read_or_make(app.cert_file, [&] {
    return issue_certificate(app.key, wish("Simulated app " + app.app_id, clock_, random_), &root_);
  });
  app.cert_sn = alipay_cert_sn(cert);
  return app;
}

AlipaySignerPtr AlipayKeys::load_certificate(std::size_t number) {
  const std::string stem = "alipay_cert_" + std::to_string(number);
  auto signer = std::make_shared<AlipaySigner>();
  signer->key = read_private_key(read_or_make(dir_ / (stem + "_key.pem"), new_key_pem));
  signer->cert = read_or_make(dir_ / (stem + ".crt"), [&] {
    return issue_certificate(signer->key, wish("Simulated Alipay", clock_, random_), &root_);
  });
  signer->cert_sn = alipay_cert_sn(signer->cert);
  return signer;
}

const AlipayApp* AlipayKeys::app(std::string_view app_id) const {
  const auto at = std::ranges::find(apps_, app_id, &AlipayApp::app_id);
  return at == apps_.end() ? nullptr : &*at;
}

const AlipayApp* AlipayKeys::app_of_seller(std::string_view seller_id) const {
  const auto at = std::ranges::find(apps_, seller_id, &AlipayApp::seller_id);
  return at == apps_.end() ? nullptr : &*at;
}

AlipaySignerPtr AlipayKeys::signer(const AlipayApp& app) const {
  if (!app.by_certificate) return bare_;
  const std::lock_guard lock(mutex_);
  return certificates_.back();
}

AlipaySignerPtr AlipayKeys::certificate(std::string_view cert_sn) const {
  const std::lock_guard lock(mutex_);
  for (const auto& signer : certificates_)
    if (signer->cert_sn == cert_sn) return signer;
  return nullptr;
}

PKey AlipayKeys::strangers_key() const {
  std::call_once(strangers_key_made_, [this] { strangers_key_ = generate_rsa_key(); });
  return strangers_key_;
}

Result<AlipaySignerPtr> AlipayKeys::rotate() {
  const std::lock_guard lock(mutex_);
  if (certificates_.size() >= max_certificates)
    return Error(Errc::invalid_request, "too many certificates");
  certificates_.push_back(load_certificate(certificates_.size() + 1));
  return certificates_.back();
}

std::vector<std::string> AlipayKeys::accounts(std::string_view gateway) const {
  std::vector<std::string> list;
  for (const auto& app : apps_) {
    json::Writer out;
    out.begin_object()
        .field("id", app.account_id)
        .field("channel", "alipay")
        .field("gateway", std::string(gateway) + "/gateway.do")
        .key("settings")
        .begin_object()
        .field("app_id", app.app_id)
        .field("app_private_key_file", app.key_file.string())
        .field("seller_id", app.seller_id);
    if (app.by_certificate)
      out.field("app_cert_file", app.cert_file.string())
          .field("alipay_cert_file", (dir_ / "alipay_cert_1.crt").string())
          .field("alipay_root_cert_file", (dir_ / "alipay_root_cert.crt").string());
    else
      out.field("alipay_public_key_file", (dir_ / "alipay_public_key.pem").string());
    list.push_back(out.end_object().end_object().take());
  }
  return list;
}

}  // namespace tollgate::sandbox
