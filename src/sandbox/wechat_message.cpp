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

void write_refund_amount(json::Writer& out, const Trade& trade, std::int64_t amount) {
  out.key("amount")
      .begin_object()
      .field("total", trade.paid_amount)
      .field("refund", amount)
      .field("payer_total", trade.paid_amount)
      .field("payer_refund", amount);
}

/// What a notice says of a refund (section 5.4).
std::string refund_notice_json(const Trade& trade, const Refund& refund, const WechatLies& lies) {
  json::Writer out;
  out.begin_object()
      .field("mchid", lies.mch_id.value_or(trade.key.mch_id))
      .field("transaction_id", trade.transaction_id)
      .field("out_trade_no", trade.key.out_trade_no)
      .field("refund_id", refund.refund_id)
      .field("out_refund_no", refund.out_refund_no)
      .field("refund_status", refund.status);
  if (refund.status == "SUCCESS") out.field("success_time", wechat_time(refund.at));
  out.field("user_received_account", "支付用户零钱");
  write_refund_amount(out, trade, lies.amount.value_or(refund.amount));
  return out.end_object().end_object().take();
}

constexpr std::string_view paid_summary = "支付成功", refund_summary = "退款结果";

std::string event_json(const WechatNotice& notice, const WechatMerchant& merchant, Random& random) {
  const Trade& trade = notice.trade;
  const WechatLies lies = lies_of(trade, notice.distortion);
  const Refund* refund = notice.told.refund.empty() ? nullptr : trade.refund(notice.told.refund);
  const std::string_view what = refund ? "refund" : "transaction";
  const std::string content =
      refund ? refund_notice_json(trade, *refund, lies) : wechat_trade_json(trade, lies);
  json::Writer out;
  out.begin_object()
      .field("id", notice.told.id)
      .field("create_time", wechat_time(refund ? refund->at : trade.paid_at))
      .field("resource_type", "encrypt-resource")
      .field("event_type", refund ? notice.told.kind : "TRANSACTION.SUCCESS")
      .field("summary", refund ? refund_summary : paid_summary)
      .raw_field("resource", wechat_sealed_json(merchant, random, what, what, content));
  return out.end_object().take();
}

/// Another body that reads and decrypts as well as the signed one.
std::string changed_body(std::string body) {
  for (const std::string_view from : {paid_summary, refund_summary})
    if (const auto at = body.find(from); at != body.npos)
      return body.replace(at, from.size(), "处理完成");
  return body;
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
  const bool refunded = trade.committed() > 0;  // from the first refund that is asked for
  out.field("trade_state", refunded ? "REFUND" : to_string(trade.state))
      .field("trade_state_desc", state_description(trade.state));
  return out.end_object().take();
}

std::string wechat_refund_json(const Trade& trade, const Refund& refund,
                               std::optional<std::int64_t> amount) {
  json::Writer out;
  out.begin_object()
      .field("refund_id", refund.refund_id)
      .field("out_refund_no", refund.out_refund_no)
      .field("transaction_id", trade.transaction_id)
      .field("out_trade_no", trade.key.out_trade_no)
      .field("channel", "ORIGINAL")
      .field("user_received_account", "支付用户零钱")
      .field("create_time", wechat_time(refund.at))
      .field("status", refund.status);
  if (refund.status == "SUCCESS") out.field("success_time", wechat_time(refund.at));
  out.field("funds_account", "AVAILABLE");
  write_refund_amount(out, trade, amount.value_or(refund.amount));
  out.field("currency", trade.currency).field("refund_fee", 0);
  return out.end_object().end_object().take();
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
