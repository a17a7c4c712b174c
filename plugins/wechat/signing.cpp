#include "wechat/signing.hpp"

#include <initializer_list>

#include "common/encoding.hpp"

namespace tollgate::wechat {
namespace {

std::string lines(std::initializer_list<std::string_view> parts) {
  std::size_t bytes = 0;
  for (const auto part : parts) bytes += part.size() + 1;
  std::string text;
  text.reserve(bytes);
  for (const auto part : parts) {
    text += part;
    text += '\n';
  }
  return text;
}

}  // namespace

std::string request_message(std::string_view method, std::string_view target, const Stamp& stamp,
                            std::string_view body) {
  return lines({method, target, std::to_string(stamp.timestamp_s), stamp.nonce, body});
}

std::string answer_message(std::string_view timestamp, std::string_view nonce,
                           std::string_view body) {
  return lines({timestamp, nonce, body});
}

std::string jsapi_message(std::string_view app_id, const Stamp& stamp, std::string_view package) {
  return lines({app_id, std::to_string(stamp.timestamp_s), stamp.nonce, package});
}

std::string app_message(std::string_view app_id, const Stamp& stamp, std::string_view prepay_id) {
  return lines({app_id, std::to_string(stamp.timestamp_s), stamp.nonce, prepay_id});
}

std::string Signer::sign(std::string_view message) const {
  return common::base64_encode(key.sign_sha256(message));
}

std::string Signer::authorization(std::string_view method, std::string_view target,
                                  const Stamp& stamp, std::string_view body) const {
  const std::string signature = sign(request_message(method, target, stamp, body));
  return "WECHATPAY2-SHA256-RSA2048 mchid=\"" + mch_id + "\",nonce_str=\"" + stamp.nonce +
         "\",signature=\"" + signature + "\",timestamp=\"" + std::to_string(stamp.timestamp_s) +
         "\",serial_no=\"" + serial + "\"";
}

}  // namespace tollgate::wechat
