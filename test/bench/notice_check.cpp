#include "bench/notice_check.hpp"

#include <rapidjson/document.h>

#include <stdexcept>

namespace tollgate::bench {
namespace {

constexpr int tag_bytes = 16;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

std::string_view text_of(const rapidjson::Value& object, const char* name) {
  const auto at = object.FindMember(name);
  if (at == object.MemberEnd() || !at->value.IsString()) return {};
  return {at->value.GetString(), at->value.GetStringLength()};
}

}  // namespace

NoticeCheck::NoticeCheck(EVP_PKEY* platform_key, std::string api_v3_key)
    : pattern_(EVP_MD_CTX_new()),
      digest_(EVP_MD_CTX_new()),
      cipher_(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)),
      context_(EVP_CIPHER_CTX_new()) {
  const bool ready =
      EVP_DigestVerifyInit(pattern_.get(), nullptr, EVP_sha256(), nullptr, platform_key) == 1 &&
      EVP_DecryptInit_ex(context_.get(), cipher_.get(), nullptr, bytes(api_v3_key), nullptr) == 1;
  if (!ready) throw std::runtime_error("OpenSSL refuses the keys");
}

bool NoticeCheck::verify(std::string_view timestamp, std::string_view nonce, std::string_view body,
                         std::string_view signature_base64) {
  const std::string signature = base64_bytes(signature_base64);
  message_.assign(timestamp).append("\n").append(nonce).append("\n").append(body).append("\n");
  return EVP_MD_CTX_copy_ex(digest_.get(), pattern_.get()) == 1 &&
         EVP_DigestVerify(digest_.get(), bytes(signature), signature.size(), bytes(message_),
                          message_.size()) == 1;
}

bool NoticeCheck::parse(std::string_view body, Notice& out) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(body.data(), body.size());
  if (document.HasParseError() || !document.IsObject()) return false;
  const auto resource = document.FindMember("resource");
  if (resource == document.MemberEnd() || !resource->value.IsObject()) return false;
  out.event_id = text_of(document, "id");
  out.ciphertext = text_of(resource->value, "ciphertext");
  out.nonce = text_of(resource->value, "nonce");
  out.aad = text_of(resource->value, "associated_data");
  return !out.event_id.empty() && !out.ciphertext.empty();
}

bool NoticeCheck::open(const Notice& notice) {
  std::string sealed = base64_bytes(notice.ciphertext);
  if (sealed.size() < tag_bytes || notice.nonce.size() != 12) return false;
  const int size = static_cast<int>(sealed.size()) - tag_bytes;
  plain_.resize(static_cast<std::size_t>(size));
  auto* const c = context_.get();
  int got = 0;
  return EVP_DecryptInit_ex(c, nullptr, nullptr, nullptr, bytes(notice.nonce)) == 1 &&
         EVP_DecryptUpdate(c, nullptr, &got, bytes(notice.aad),
                           static_cast<int>(notice.aad.size())) == 1 &&
         EVP_DecryptUpdate(c, bytes(plain_), &got, bytes(sealed), size) == 1 &&
         EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, tag_bytes, bytes(sealed) + size) == 1 &&
         EVP_DecryptFinal_ex(c, bytes(plain_) + got, &got) == 1;
}

}  // namespace tollgate::bench
