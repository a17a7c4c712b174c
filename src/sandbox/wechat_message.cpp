#include "sandbox/wechat_message.hpp"

#include <utility>

#include "base/crypto.hpp"
#include "base/json_writer.hpp"
#include "base/time.hpp"

namespace tollgate::sandbox {
namespace {

constexpr std::int64_t china_offset_s = 8 * 3600;
constexpr std::int64_t stale_s = 600;
constexpr std::string_view foreign_app_id = "wxffffffffffffffff";
constexpr std::string_view foreign_mch_id = "1999999999";

std::string_view state_description(TradeState state) {
  switch (state) {
    case TradeState::notpay:
      return "订单未支付";
    case TradeState::success:
      return "支付成功";
    case TradeState::closed:
      return "订单已关闭";
    default:
      return "";
  }
}

WechatLies lies_of(const Trade& trade, const Distortion& distortion) {
  WechatLies lies;
  if (distortion.forgery == Forgery::foreign_app) lies.app_id = foreign_app_id;
  if (distortion.forgery == Forgery::foreign_mch) lies.mch_id = foreign_mch_id;
  if (distortion.forgery == Forgery::amount)
    lies.amount = distortion.amount.value_or(trade.paid_amount + 1);
  return lies;
}

std::string event_json(const WechatNotice& notice, const WechatMerchant& merchant, Random& random) {
  const std::string content =
      wechat_trade_json(notice.trade, lies_of(notice.trade, notice.distortion));
  json::Writer out;
  out.begin_object()
      .field("id", notice.id)
      .field("create_time", wechat_time(notice.trade.paid_at))
      .field("resource_type", "encrypt-resource")
      .field("event_type", "TRANSACTION.SUCCESS")
      .field("summary", "支付成功")
      .raw_field("resource",
                 wechat_sealed_json(merchant, random, "transaction", "transaction", content));
  return out.end_object().take();
}

/// Another body that reads and decrypts as well as the signed one.
std::string changed_body(std::string body) {
  const std::string_view from = "支付成功";
  return body.replace(body.find(from), from.size(), "支付完成");
}

}  // namespace

std::string wechat_time(TimeMs time) {
  return to_rfc3339(time.plus_s(china_offset_s)).substr(0, 19) + "+08:00";
}

std::string wechat_digits(TimeMs time) {
  std::string out;
  for (const char c : to_rfc3339(time.plus_s(china_offset_s)).substr(0, 19))
    if (c >= '0' && c <= '9') out += c;
  return out;
}

void WechatStamps::add_to(net::Headers& headers) const {
  headers.set("Wechatpay-Serial", serial);
  headers.set("Wechatpay-Timestamp", timestamp);
  headers.set("Wechatpay-Nonce", nonce);
  headers.set("Wechatpay-Signature", signature);
  headers.set("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048");
}

WechatStamps wechat_stamps(const WechatSigner& signer, TimeMs at, Random& random,
                           std::string_view body) {
  WechatStamps stamps;
  stamps.serial = signer.serial;
  stamps.timestamp = std::to_string(at.ms / 1000);
  stamps.nonce = random.alphanumeric(32);
  std::string message = stamps.timestamp + "\n" + stamps.nonce + "\n";
  message.append(body).append("\n");
  stamps.signature = base64_encode(sign_sha256(signer.key, message));
  return stamps;
}

std::string wechat_trade_json(const Trade& trade, const WechatLies& lies) {
  json::Writer out;
  out.begin_object()
      .field("appid", lies.app_id.value_or(trade.app_id))
      .field("mchid", lies.mch_id.value_or(trade.key.mch_id))
      .field("out_trade_no", trade.key.out_trade_no);
  if (trade.state == TradeState::success) {
    const std::int64_t amount = lies.amount.value_or(trade.paid_amount);
    out.field("transaction_id", trade.transaction_id)
        .field("trade_type", trade.trade_type)
        .field("bank_type", "OTHERS")
        .field("attach", trade.attach)
        .field("success_time", wechat_time(trade.paid_at));
    out.key("payer").begin_object().field("openid", trade.payer).end_object();
    out.key("amount")
        .begin_object()
        .field("total", amount)
        .field("payer_total", amount)
        .field("currency", trade.currency)
        .field("payer_currency", trade.currency)
        .end_object();
  }
  out.field("trade_state", to_string(trade.state))
      .field("trade_state_desc", state_description(trade.state));
  return out.end_object().take();
}

std::string wechat_sealed_json(const WechatMerchant& merchant, Random& random,
                               std::string_view associated_data, std::string_view original_type,
                               std::string_view plain) {
  const std::string nonce = random.alphanumeric(12);
  const std::string sealed = seal_aes_gcm({merchant.api_v3_key, nonce, associated_data}, plain);
  json::Writer out;
  out.begin_object();
  if (!original_type.empty()) out.field("original_type", original_type);
  out.field("algorithm", "AEAD_AES_256_GCM")
      .field("ciphertext", base64_encode(sealed))
      .field("associated_data", associated_data)
      .field("nonce", nonce);
  return out.end_object().take();
}

NoticeMessage wechat_notice(const WechatNotice& notice, const WechatKeys& keys, TimeMs now,
                            Random& random) {
  const Forgery forgery = notice.distortion.forgery;
  const std::string& mch_id = notice.trade.key.mch_id;
  const WechatSignerPtr signer = keys.notice_signer(mch_id);
  std::string body = event_json(notice, *keys.merchant(mch_id), random);

  WechatSigner used{signer->serial, signer->key, {}};
  if (forgery == Forgery::key) used.key = keys.strangers_key();
  const TimeMs at = forgery == Forgery::timestamp ? now.plus_s(-stale_s) : now;
  const std::string signed_bytes = forgery == Forgery::signature ? body + " " : body;
  WechatStamps stamps = wechat_stamps(used, at, random, signed_bytes);
  if (forgery == Forgery::serial)
    stamps.serial = signer->serial.starts_with("PUB_KEY_ID_")
                        ? "PUB_KEY_ID_0999999999999999999999999999999"
                        : std::string(40, 'F');
  if (forgery == Forgery::probe) stamps.signature.insert(0, "WECHATPAY/SIGNTEST/");
  if (forgery == Forgery::body) body = changed_body(std::move(body));

  NoticeMessage message;
  message.headers.set("Content-Type", "application/json");
  message.headers.set("Accept", "*/*");
  message.headers.set("Request-ID", "SBX" + random.alphanumeric(24));
  stamps.add_to(message.headers);
  message.body = std::move(body);
  return message;
}

}  // namespace tollgate::sandbox
