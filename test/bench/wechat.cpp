#include "bench/wechat.hpp"

#include <openssl/pem.h>

#include <array>
#include <cstdio>
#include <stdexcept>

namespace tollgate::bench {
namespace {

constexpr int tag_bytes = 16;

void check(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

template <class Read>
Key read_key(const std::string& path, Read read) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "r"), std::fclose);
  if (!file) throw std::runtime_error("cannot read " + path);
  Key key(read(file.get(), nullptr, nullptr, nullptr));
  check(key != nullptr, "not a key");
  return key;
}

/// `number` in decimal, filled up with zeros.
std::string digits(std::int64_t number, std::size_t width) {
  std::string text = std::to_string(number);
  return text.size() >= width ? text : std::string(width - text.size(), '0') + text;
}

}  // namespace

Key read_private_key(const std::string& path) {
  return read_key(path, PEM_read_PrivateKey);
}

Key read_public_key(const std::string& path) {
  return read_key(path, PEM_read_PUBKEY);
}

std::string base64(std::string_view data) {
  std::string text((data.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(bytes(text), bytes(data), static_cast<int>(data.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string base64_bytes(std::string_view text) {
  std::string data(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(bytes(data), bytes(text), static_cast<int>(text.size()));
  if (size < 0) return {};
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  data.resize(static_cast<std::size_t>(size) - padding);
  return data;
}

std::string sign(EVP_PKEY* key, std::string_view message) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key));
  std::string signature(size, '\0');
  check(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1, "sign");
  check(EVP_DigestSign(context.get(), bytes(signature), &size, bytes(message), message.size()) == 1,
        "sign");
  signature.resize(size);
  return signature;
}

std::string seal(std::string_view key, std::string_view nonce, std::string_view aad,
                 std::string_view plain) {
  const std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> context(EVP_CIPHER_CTX_new(),
                                                                           EVP_CIPHER_CTX_free);
  auto* const c = context.get();
  std::string out(plain.size() + tag_bytes, '\0');
  int size = 0;
  check(EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), nullptr, bytes(key), bytes(nonce)) == 1, "seal");
  check(EVP_EncryptUpdate(c, nullptr, &size, bytes(aad), static_cast<int>(aad.size())) == 1,
        "seal");
  check(EVP_EncryptUpdate(c, bytes(out), &size, bytes(plain), static_cast<int>(plain.size())) == 1,
        "seal");
  check(EVP_EncryptFinal_ex(c, bytes(out) + size, &size) == 1, "seal");
  check(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, tag_bytes, bytes(out) + plain.size()) == 1,
        "seal");
  return out;
}

std::string signature_lines(const Signer& signer, std::int64_t now_s, std::string_view nonce,
                            std::string_view body) {
  const std::string timestamp = std::to_string(now_s);
  std::string message = timestamp + "\n";
  message.append(nonce).append("\n").append(body).append("\n");
  std::string lines = "Wechatpay-Serial: " + signer.serial + "\r\nWechatpay-Timestamp: ";
  lines.append(timestamp).append("\r\nWechatpay-Nonce: ").append(nonce);
  lines.append("\r\nWechatpay-Signature-Type: WECHATPAY2-SHA256-RSA2048");
  return lines.append("\r\nWechatpay-Signature: ")
      .append(base64(sign(signer.key, message)))
      .append("\r\n");
}

std::string notice_body(std::string_view api_v3_key, std::int64_t number, std::string_view pay_no) {
  const std::string unique = digits(number, 12);
  std::string plain = R"({"mchid":")";
  plain.append(mch_id).append(R"(","appid":")").append(app_id);
  plain.append(R"(","out_trade_no":")").append(pay_no);
  plain.append(R"(","transaction_id":"4200001234202611)").append(unique);
  plain.append(R"(","trade_type":"NATIVE","trade_state":"SUCCESS","trade_state_desc":"支付成功",)"
               R"("bank_type":"OTHERS","attach":"","success_time":"2026-11-25T10:00:00+08:00",)"
               R"("payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},"amount":{"total":9900,)"
               R"("payer_total":9900,"currency":"CNY","payer_currency":"CNY"}})");
  const std::string& nonce = unique;  // twelve bytes, never twice
  std::string body = R"({"id":"EV-2026112510000000-)" + unique;
  body.append(R"(","create_time":"2026-11-25T10:00:00+08:00","resource_type":"encrypt-resource",)"
              R"("event_type":"TRANSACTION.SUCCESS","summary":"支付成功","resource":{)"
              R"("original_type":"transaction","algorithm":"AEAD_AES_256_GCM","ciphertext":")");
  body.append(base64(seal(api_v3_key, nonce, "transaction", plain)));
  body.append(R"(","associated_data":"transaction","nonce":")").append(nonce).append(R"("}})");
  return body;
}

}  // namespace tollgate::bench
