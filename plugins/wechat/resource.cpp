#include "wechat/resource.hpp"

#include "common/crypto.hpp"
#include "common/encoding.hpp"

namespace tollgate::wechat {

Opened open_resource(common::JsonValue resource, std::string_view api_v3_key) {
  constexpr std::size_t key_bytes = 32;
  constexpr std::size_t nonce_bytes = 12;
  const auto nonce = resource["nonce"].text();
  const auto ciphertext = resource["ciphertext"].text();
  const auto associated = resource["associated_data"];
  const bool shape = resource["algorithm"].text_or_empty() == "AEAD_AES_256_GCM" && nonce &&
                     nonce->size() == nonce_bytes && ciphertext &&
                     (!associated || associated.text());
  if (!shape || api_v3_key.size() != key_bytes) return {};
  const auto sealed = common::base64_decode(*ciphertext);
  if (!sealed) return {};
  return {common::aes_gcm_open(api_v3_key, *nonce, associated.text_or_empty(), *sealed), true};
}

}  // namespace tollgate::wechat
