#include "sandbox/wechat_keys.hpp"

#include <algorithm>
#include <utility>

#include "base/crypto.hpp"
#include "base/json_writer.hpp"
#include "sandbox/authority.hpp"
#include "sandbox/files.hpp"

namespace tollgate::sandbox {
namespace fs = std::filesystem;
namespace {

std::string hex_upper(std::string_view bytes) {
  std::string hex = hex_lower(bytes);
  for (char& c : hex)
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  return hex;
}

std::string digits(Random& random, std::size_t count) {
  std::string out(count, '0');
  for (char& c : out) c = static_cast<char>('0' + random.below(10));
  return out;
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.pop_back();
  return text;
}

std::string new_key_pem() {
  return private_key_pem(generate_rsa_key());
}

}  // namespace

WechatKeys::WechatKeys(fs::path dir, const Clock& clock, Random& random)
    : dir_(fs::absolute(dir) / "wechat"), clock_(clock), random_(random) {
  fs::create_directories(dir_);
  fs::permissions(dir_, fs::perms::owner_all);
  WechatMerchant main;
  main.account_id = "wx-main";
  main.mch_id = "1900000001";
  main.app_id = "wx2421b1c4370ec43b";
  main.shop = "模拟商户一 Demo shop";
  WechatMerchant second;
  second.account_id = "wx-cert";
  second.mch_id = "1900000002";
  second.app_id = "wx2421b1c4370ec43c";
  second.shop = "模拟商户二 Second shop";
  second.public_key_mode = false;
  merchants_.push_back(load_merchant(std::move(main), "merchant"));
  merchants_.push_back(load_merchant(std::move(second), "merchant2"));
  load_platform();
}

WechatMerchant WechatKeys::load_merchant(WechatMerchant merchant, const std::string& prefix) {
  const std::string v3_prefix = prefix == "merchant" ? "" : prefix + "_";
  merchant.key_file = dir_ / (prefix + "_key.pem");
  merchant.key = read_private_key(read_or_make(merchant.key_file, new_key_pem));
  merchant.serial = trimmed(read_or_make(dir_ / (prefix + "_serial"),
                                         [&] { return hex_upper(random_serial(random_)) + "\n"; }));
  merchant.api_v3_key = trimmed(
      read_or_make(dir_ / (v3_prefix + "api_v3_key"), [&] { return random_.alphanumeric(32); }));
  merchant.app_secret = trimmed(read_or_make(dir_ / (v3_prefix + "app_secret"), [&] {
    return hex_lower(random_serial(random_)).substr(0, 32);
  }));
  return merchant;
}

void WechatKeys::load_platform() {
  auto bare = std::make_shared<WechatSigner>();
  bare->key = read_private_key(read_or_make(dir_ / "platform_key.pem", new_key_pem));
  bare->serial = trimmed(read_or_make(dir_ / "platform_public_key_id",
                                      [&] { return "PUB_KEY_ID_0" + digits(random_, 30) + "\n"; }));
  public_key_file_ = dir_ / "platform_public_key.pem";
  write_file(public_key_file_, public_key_pem(bare->key));
  public_key_ = std::move(bare);
  certificates_.push_back(load_certificate(1));
  while (certificates_.size() < max_certificates &&
         fs::exists(dir_ / ("platform_cert_" + std::to_string(certificates_.size() + 1) + ".pem")))
    certificates_.push_back(load_certificate(certificates_.size() + 1));
  for (const auto& merchant : merchants_)
    serving_[merchant.mch_id] = {certificates_.back(), merchant.public_key_mode};
}

WechatSignerPtr WechatKeys::load_certificate(std::size_t number) {
  const std::string stem = "platform_cert_" + std::to_string(number);
  auto signer = std::make_shared<WechatSigner>();
  signer->key = read_private_key(read_or_make(dir_ / (stem + "_key.pem"), new_key_pem));
  const std::string pem = read_or_make(dir_ / (stem + ".pem"), [&] {
    return make_certificate(signer->key, random_serial(random_), clock_.now().plus_s(-3600)).pem;
  });
  signer->certificate = read_certificate(pem);
  signer->serial = signer->certificate.serial;
  return signer;
}

const WechatMerchant* WechatKeys::merchant(std::string_view mch_id) const {
  const auto at = std::ranges::find(merchants_, mch_id, &WechatMerchant::mch_id);
  return at == merchants_.end() ? nullptr : &*at;
}

WechatSignerPtr WechatKeys::certificate(std::string_view mch_id) const {
  const std::lock_guard lock(mutex_);
  return serving_.find(mch_id)->second.certificate;
}

WechatSignerPtr WechatKeys::notice_signer(std::string_view mch_id) const {
  const std::lock_guard lock(mutex_);
  const Serving& serving = serving_.find(mch_id)->second;
  return serving.public_key ? public_key_ : serving.certificate;
}

std::vector<WechatSignerPtr> WechatKeys::certificates() const {
  const std::lock_guard lock(mutex_);
  return certificates_;
}

PKey WechatKeys::strangers_key() const {
  std::call_once(strangers_key_made_, [this] { strangers_key_ = generate_rsa_key(); });
  return strangers_key_;
}

Result<WechatSignerPtr> WechatKeys::rotate(std::string_view mch_id) {
  const std::lock_guard lock(mutex_);
  const auto at = serving_.find(mch_id);
  if (at == serving_.end()) return Error(Errc::not_found, "no such merchant");
  if (certificates_.size() >= max_certificates)
    return Error(Errc::invalid_request, "too many platform certificates");
  WechatSignerPtr signer = load_certificate(certificates_.size() + 1);
  certificates_.push_back(signer);
  at->second.certificate = signer;
  return signer;
}

Result<void> WechatKeys::sign_notices_with(std::string_view mch_id, bool public_key) {
  const std::lock_guard lock(mutex_);
  const auto at = serving_.find(mch_id);
  if (at == serving_.end()) return Error(Errc::not_found, "no such merchant");
  at->second.public_key = public_key;
  return {};
}

std::vector<std::string> WechatKeys::accounts(std::string_view gateway) const {
  std::vector<std::string> list;
  for (const auto& merchant : merchants_) {
    json::Writer out;
    out.begin_object()
        .field("id", merchant.account_id)
        .field("channel", "wechat")
        .field("gateway", gateway)
        .key("settings")
        .begin_object()
        .field("app_id", merchant.app_id)
        .field("mch_id", merchant.mch_id)
        .field("merchant_serial", merchant.serial)
        .field("merchant_private_key_file", merchant.key_file.string())
        .field("api_v3_key", merchant.api_v3_key);
    if (merchant.public_key_mode)
      out.field("platform_public_key_id", public_key_->serial)
          .field("platform_public_key_file", public_key_file_.string());
    out.end_object().key("openid").begin_object();
    out.field("app_id", merchant.app_id)
        .field("app_secret", merchant.app_secret)
        .field("authorize_url", std::string(gateway) + "/connect/oauth2/authorize")
        .field("token_url", std::string(gateway) + "/sns/oauth2/access_token");
    list.push_back(out.end_object().end_object().take());
  }
  return list;
}

}  // namespace tollgate::sandbox
