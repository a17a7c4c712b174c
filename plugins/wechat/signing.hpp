// The texts that WeChat Pay APIv3 signs (wechat.md sections 2.1 to 2.3). Each line ends in \n, the
// last too.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/crypto.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::wechat {

/// What a signature of ours is made of besides the text.
struct Stamp {
  std::int64_t timestamp_s;
  std::string nonce;
};

/// `target` is path and query exactly as sent.
std::string request_message(std::string_view method, std::string_view target, const Stamp& stamp,
                            std::string_view body);
/// Of responses and notices alike; timestamp and nonce as they stand in the headers.
std::string answer_message(std::string_view timestamp, std::string_view nonce,
                           std::string_view body);
/// What the bridge of a page inside WeChat checks; `package` is "prepay_id=…".
std::string jsapi_message(std::string_view app_id, const Stamp& stamp, std::string_view package);
/// What the SDK of an app checks; the bare prepay_id.
std::string app_message(std::string_view app_id, const Stamp& stamp, std::string_view prepay_id);

/// The merchant's side: who signs, and with what.
struct Signer {
  std::string mch_id;
  std::string serial;  ///< Of the merchant's certificate.
  common::PrivateKey key;
  sdk::Entropy entropy;

  Stamp stamp(std::int64_t now_ms) const { return {now_ms / 1000, entropy.alphanumeric(32)}; }
  /// Base64.
  std::string sign(std::string_view message) const;
  /// The value of the Authorization header.
  std::string authorization(std::string_view method, std::string_view target, const Stamp& stamp,
                            std::string_view body) const;
};

}  // namespace tollgate::wechat
