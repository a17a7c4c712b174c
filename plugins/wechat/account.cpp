#include "wechat/account.hpp"

namespace tollgate::wechat {

sdk::Request Account::request(std::string_view method, std::string_view target, std::string body,
                              std::int64_t now_ms) const {
  const std::string path = gateway.path + std::string(target);
  sdk::Request request;
  request.method = method;
  request.url = gateway.origin + path;
  request.headers.push_back(
      {"Authorization", signer.authorization(method, path, signer.stamp(now_ms), body), true});
  request.headers.push_back({"Accept", "application/json"});
  if (!body.empty()) request.headers.push_back({"Content-Type", "application/json"});
  if (std::string serial = trust->preferred_serial(now_ms); !serial.empty())
    request.headers.push_back({"Wechatpay-Serial", std::move(serial)});
  request.body = std::move(body);
  // The nonce is part of what is signed: the same bytes twice may be refused as a replay, and such
  // a refusal would hide that the first ones arrived.
  request.resend_safe = false;
  return request;
}

sdk::Request Account::certificates_request(std::int64_t now_ms) const {
  return request("GET", "/v3/certificates", "", now_ms);
}

}  // namespace tollgate::wechat
