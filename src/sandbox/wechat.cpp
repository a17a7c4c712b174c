#include "sandbox/wechat.hpp"

#include "base/json_writer.hpp"
#include "sandbox/wechat_message.hpp"

namespace tollgate::sandbox {

net::Response Wechat::no_route(const net::Request& request, Errc why) {
  const bool other_method = why == Errc::method_not_allowed;
  WechatError error;
  error.status = other_method ? 405 : 404;
  error.code = other_method ? "METHOD_NOT_ALLOWED" : "RESOURCE_NOT_EXISTS";
  error.message = other_method ? "请求方法不支持" : "请求的资源不存在";
  context_.requests.add({context_.true_clock.now(), std::string(net::to_string(request.method)),
                         request.target, "", error.code, "", error.status});
  return bare_answer(error.status, error.body());
}

std::vector<std::string> Wechat::merchants() const {
  std::vector<std::string> out;
  for (const auto& merchant : keys_.merchants()) out.push_back(merchant.mch_id);
  return out;
}

std::string Wechat::shop(std::string_view mch_id) const {
  const auto* merchant = keys_.merchant(mch_id);
  return merchant ? merchant->shop : std::string();
}

Payment Wechat::new_payment(std::int64_t amount) const {
  Random& random = context_.random;
  const TimeMs now = context_.clock.now();
  const std::string stamp = wechat_digits(now);
  const auto number = [&random] {
    return std::to_string(1'000'000'000 + random.below(9'000'000'000));
  };
  Payment payment;
  payment.transaction_id = "4200002026" + stamp.substr(0, 8) + number();
  payment.notice_id = "EV-" + stamp + number();
  payment.payer = "o" + random.alphanumeric(27);
  payment.amount = amount;
  payment.at = now;
  return payment;
}

NoticeMessage Wechat::notice(const Trade& trade, const std::string& id,
                             const Distortion& distortion) const {
  return wechat_notice({trade, id, distortion}, keys_, context_.clock.now(), context_.random);
}

Result<std::string> Wechat::rotate(std::string_view mch_id, std::string_view mode) {
  if (!mode.empty() && mode != "public_key" && mode != "certificate")
    return Error(Errc::invalid_request, "mode must be public_key or certificate");
  if (mode.empty()) {
    const auto fresh = keys_.rotate(mch_id);
    if (!fresh) return fresh.error();
  } else {
    const auto changed = keys_.sign_notices_with(mch_id, mode == "public_key");
    if (!changed) return changed.error();
  }
  json::Writer out;
  out.begin_object()
      .field("mch_id", mch_id)
      .field("certificate", keys_.certificate(mch_id)->serial)
      .field("notices_signed_with", keys_.notice_signer(mch_id)->serial);
  out.key("certificates").begin_array();
  for (const auto& signer : keys_.certificates()) out.text(signer->serial);
  return out.end_array().end_object().take();
}

}  // namespace tollgate::sandbox
