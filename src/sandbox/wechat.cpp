#include "sandbox/wechat.hpp"

#include "base/json_writer.hpp"
#include "sandbox/wechat_message.hpp"

namespace tollgate::sandbox {
namespace {

std::string ten_digits(Random& random) {
  return std::to_string(1'000'000'000 + random.below(9'000'000'000));
}

}  // namespace

Wechat::Wechat(WechatKeys& keys, Context& context)
    : Channel(context),
      keys_(keys),
      auth_(keys, context.true_clock),
      exchange_(context, {std::string(name()), true,
                          [this](const net::Request& request, const Fault& fault) {
                            return WechatOauth::is_path(request.path) ? WechatOauth::refuse(fault)
                                                                      : refuse(fault);
                          }}),
      oauth_(keys, context, exchange_) {}

net::Response Wechat::no_route(const net::Request& request, Errc why) {
  const bool other_method = why == Errc::method_not_allowed;
  WechatError error;
  error.status = other_method ? 405 : 404;
  error.code = other_method ? "METHOD_NOT_ALLOWED" : "RESOURCE_NOT_EXISTS";
  error.message = other_method ? "请求方法不支持" : "请求的资源不存在";
  Outcome outcome{bare_answer(error.status, error.body()), "", error.code, ""};
  exchange_.record(request, outcome);
  return outcome.response;
}

std::vector<Merchant> Wechat::merchants() const {
  std::vector<Merchant> out;
  for (const auto& merchant : keys_.merchants())
    out.push_back({merchant.account_id, merchant.mch_id, merchant.shop});
  return out;
}

std::string Wechat::new_notice_id() const {
  return "EV-" + wechat_digits(context_.clock.now()) + ten_digits(context_.random);
}

Payment Wechat::new_payment(std::int64_t amount, const std::string& payer) const {
  Random& random = context_.random;
  Payment payment;
  payment.at = context_.clock.now();
  payment.transaction_id =
      "4200002026" + wechat_digits(payment.at).substr(0, 8) + ten_digits(random);
  payment.notice_id = new_notice_id();
  payment.kind = "TRANSACTION.SUCCESS";
  payment.payer = payer.empty() ? "o" + random.alphanumeric(27) : payer;
  payment.amount = amount;
  return payment;
}

const NoticePolicy& Wechat::notice_policy() const {
  static const NoticePolicy policy{notice_gaps_s, 5'000, [](int status, std::string_view) {
                                     return status == 200 || status == 204;
                                   }};
  return policy;
}

bool Wechat::can_forge(Forgery forgery) const {
  switch (forgery) {
    case Forgery::algorithm:
    case Forgery::certificate:
    case Forgery::host:
    case Forgery::currency:
      return false;
    default:
      return true;
  }
}

NoticeMessage Wechat::notice(const Notice& notice, const Distortion& distortion) const {
  return wechat_notice({notice.trade, notice.told, distortion}, keys_, context_.clock.now(),
                       context_.random);
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
