#include "notify/signing.hpp"

#include "base/crypto.hpp"
#include "base/error.hpp"

namespace tollgate::notify {

namespace {
constexpr std::size_t master_bytes = 32;
constexpr std::size_t key_bytes = 24;
}  // namespace

KeyMaker::KeyMaker(Secret<std::string> master) : master_(std::move(master)) {
  TOLLGATE_ASSERT(master_.reveal().size() == master_bytes);
}

SigningKey KeyMaker::make(WebhookId webhook, std::int64_t generation) const {
  const std::string label = "webhook|" + webhook.str() + "|" + std::to_string(generation);
  return SigningKey(hmac_sha256(master_.reveal(), label).substr(0, key_bytes));
}

std::string secret_text(const SigningKey& key) {
  return "whsec_" + base64_encode(key.reveal());
}

std::string sign(std::string_view id, std::int64_t timestamp_s, std::string_view body,
                 const SigningKey& key) {
  std::string text(id);
  text.append(".").append(std::to_string(timestamp_s)).append(".").append(body);
  return "v1," + base64_encode(hmac_sha256(key.reveal(), text));
}

}  // namespace tollgate::notify
