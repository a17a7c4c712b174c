#include "sandbox/alipay_message.hpp"

#include <algorithm>
#include <utility>

#include "base/crypto.hpp"
#include "base/json_writer.hpp"
#include "sandbox/alipay_order.hpp"
#include "sandbox/gbk.hpp"

namespace tollgate::sandbox {
namespace {

constexpr std::string_view foreign_app_id = "2021999999999999";
constexpr std::string_view foreign_seller_id = "2088999999999999";

const AlipayDetails& details_of(const Trade& trade) {
  return static_cast<const AlipayDetails&>(*trade.details);
}

/// 2088 and twelve digits that belong to what was typed at the log-in.
std::string buyer_id(const std::string& payer) {
  std::string out = "2088";
  for (const char c : sha256(payer).substr(0, 12))
    out += static_cast<char>('0' + static_cast<unsigned char>(c) % 10);
  return out;
}

std::string masked(const std::string& payer) {
  const auto at = payer.find('@');
  if (at == std::string::npos) return payer.substr(0, 3) + "****";
  return payer.substr(0, std::min<std::size_t>(at, 3)) + "***" + payer.substr(at);
}

std::string fund_bill(std::int64_t fen, std::string_view channel_key) {
  json::Writer out;
  out.begin_array()
      .begin_object()
      .field("amount", write_yuan(fen))
      .field(channel_key, "ALIPAYACCOUNT")
      .end_object()
      .end_array();
  return out.take();
}

std::string escaped_slashes(const std::string& node) {
  std::string out;
  for (const char c : node) {
    if (c == '/') out += '\\';
    out += c;
  }
  return out;
}

void add_payment(Fields& fields, const Trade& trade, std::int64_t fen) {
  const std::string yuan = write_yuan(fen);
  for (const char* name : {"receipt_amount", "invoice_amount", "buyer_pay_amount"})
    fields.emplace_back(name, yuan);
  fields.emplace_back("point_amount", "0.00");
  fields.emplace_back("gmt_payment", alipay_time(trade.paid_at));
  fields.emplace_back("fund_bill_list", fund_bill(fen, "fundChannel"));
}

void add_refund(Fields& fields, const Trade& trade) {
  const Refund* last = nullptr;
  for (const auto& refund : trade.refunds)
    if (refund.status == "SUCCESS") last = &refund;
  if (!last) return;
  fields.emplace_back("refund_fee", write_yuan(trade.refunded()));
  fields.emplace_back("gmt_refund", alipay_time(last->at) + ".000");
  fields.emplace_back("out_biz_no", last->out_refund_no);
}

Fields notice_fields(const Notice& notice, const Distortion& lie, const AlipayVoice& voice,
                     TimeMs now) {
  const Trade& trade = notice.trade;
  const bool foreign_app = lie.forgery == Forgery::foreign_app;
  const bool foreign_seller = lie.forgery == Forgery::foreign_mch;
  const std::string app_id(foreign_app ? foreign_app_id : trade.app_id);
  const bool paid = trade.state == TradeState::success;
  std::int64_t fen = paid ? trade.paid_amount : trade.amount;
  if (lie.forgery == Forgery::amount) fen = lie.amount.value_or(fen + 1);
  Fields fields{
      {"notify_time", alipay_time(now)},
      {"notify_type", "trade_status_sync"},
      {"notify_id", notice.told.id},
      {"app_id", app_id},
      {"auth_app_id", app_id},
      {"charset", voice.gbk ? "GBK" : "utf-8"},
      {"version", "1.0"},
      {"sign_type", lie.forgery == Forgery::algorithm ? "RSA" : "RSA2"},
      {"trade_no", trade.transaction_id},
      {"out_trade_no", trade.key.out_trade_no},
      {"seller_id", std::string(foreign_seller ? foreign_seller_id : trade.key.mch_id)},
      {"seller_email", "shop@sandbox.example"},
      {"trade_status", alipay_status(trade, now)},
      {"total_amount", write_yuan(fen)},
      {"subject", trade.description},
      {"gmt_create", alipay_time(trade.created_at)},
  };
  if (!trade.payer.empty()) {
    fields.emplace_back("buyer_id", buyer_id(trade.payer));
    fields.emplace_back("buyer_logon_id", masked(trade.payer));
  }
  if (!details_of(trade).body.empty()) fields.emplace_back("body", details_of(trade).body);
  if (!trade.attach.empty()) fields.emplace_back("passback_params", trade.attach);
  if (paid) add_payment(fields, trade, fen);
  add_refund(fields, trade);
  if (alipay_status(trade, now) == "TRADE_CLOSED")
    fields.emplace_back("gmt_close", alipay_time(now));
  return fields;
}

/// What trade notices are signed over: all but sign and sign_type.
std::string notice_text(const Fields& fields) {
  Fields kept;
  for (const auto& field : fields)
    if (field.first != "sign" && field.first != "sign_type") kept.push_back(field);
  return sorted_text(kept, true);
}

std::string notice_signature(const Fields& fields, Forgery forgery, const AlipayVoice& voice) {
  std::string text = notice_text(fields);
  if (forgery == Forgery::signature) text += " ";
  if (forgery == Forgery::algorithm) return base64_encode(sign_sha1(voice.signer.key, text));
  const PKey& key = forgery == Forgery::key ? voice.stranger : voice.signer.key;
  return base64_encode(sign_sha256(key, text));
}

}  // namespace

std::string alipay_status(const Trade& trade, TimeMs now) {
  if (trade.state == TradeState::success)
    return trade.refunded() == trade.paid_amount && trade.paid_amount > 0 ? "TRADE_CLOSED"
                                                                          : "TRADE_SUCCESS";
  const bool over = trade.state != TradeState::notpay || now >= trade.expires_at;
  return over ? "TRADE_CLOSED" : "WAIT_BUYER_PAY";
}

std::string alipay_node(std::string_view members) {
  std::string out = R"({"code":"10000","msg":"Success")";
  if (!members.empty()) out.append(",").append(members);
  return out + "}";
}

std::string alipay_error_node(const AlipayError& error) {
  json::Writer out;
  out.begin_object().field("code", error.code).field("msg", alipay_message(error.code));
  if (!error.sub_code.empty())
    out.field("sub_code", error.sub_code).field("sub_msg", error.sub_msg);
  return out.end_object().take();
}

std::string alipay_query_members(const Trade& trade, TimeMs now,
                                 std::optional<std::int64_t> amount) {
  const bool paid = trade.state == TradeState::success;
  const std::int64_t fen = amount.value_or(paid ? trade.paid_amount : trade.amount);
  const std::string received = write_yuan(paid ? fen : 0);
  json::Writer out;
  out.begin_object()
      .field("trade_no", trade.transaction_id)
      .field("out_trade_no", trade.key.out_trade_no)
      .field("trade_status", alipay_status(trade, now))
      .field("total_amount", write_yuan(fen))
      .field("receipt_amount", received)
      .field("buyer_pay_amount", received)
      .field("point_amount", "0.00")
      .field("invoice_amount", received);
  if (!trade.payer.empty())
    out.field("buyer_logon_id", masked(trade.payer)).field("buyer_user_id", buyer_id(trade.payer));
  if (paid)
    out.field("send_pay_date", alipay_time(trade.paid_at))
        .raw_field("fund_bill_list", fund_bill(fen, "fund_channel"));
  const std::string object = out.end_object().take();
  return object.substr(1, object.size() - 2);
}

std::string alipay_answer(std::string_view name, std::string node, const AlipaySigner& signer,
                          bool lie) {
  node = escaped_slashes(node);
  const std::string signature = base64_encode(sign_sha256(signer.key, lie ? node + " " : node));
  std::string out = "{" + json::quote(name) + ":" + node;
  if (!signer.cert_sn.empty()) out += ",\"alipay_cert_sn\":\"" + signer.cert_sn + "\"";
  return out + ",\"sign\":\"" + signature + "\"}";
}

std::string alipay_unsigned_answer(std::string_view name, std::string node) {
  return "{" + json::quote(name) + ":" + escaped_slashes(node) + "}";
}

NoticeMessage alipay_notice(const Notice& notice, const Distortion& distortion,
                            const AlipayVoice& voice, TimeMs now) {
  Fields fields = notice_fields(notice, distortion, voice, now);
  if (voice.gbk)
    for (auto& [name, value] : fields) value = to_gbk(value);
  fields.emplace_back("sign", notice_signature(fields, distortion.forgery, voice));
  if (distortion.forgery == Forgery::body)
    for (auto& [name, value] : fields)
      if (name == "total_amount") value = "0.01";
  NoticeMessage message;
  message.headers.set("Content-Type", std::string("application/x-www-form-urlencoded; charset=") +
                                          (voice.gbk ? "GBK" : "utf-8"));
  message.body = write_form(fields);
  return message;
}

std::string alipay_return(const Trade& trade, const AlipayVoice& voice, TimeMs now) {
  Fields fields{
      {"charset", "utf-8"},
      {"out_trade_no", trade.key.out_trade_no},
      {"method", details_of(trade).method + ".return"},
      {"total_amount", write_yuan(trade.paid_amount)},
      {"trade_no", trade.transaction_id},
      {"auth_app_id", trade.app_id},
      {"version", "1.0"},
      {"app_id", trade.app_id},
      {"sign_type", "RSA2"},
      {"seller_id", trade.key.mch_id},
      {"timestamp", alipay_time(now)},
  };
  fields.emplace_back("sign", notice_signature(fields, Forgery::none, voice));
  std::string url = details_of(trade).return_url;
  url += url.find('?') == std::string::npos ? '?' : '&';
  return url + write_form(fields);
}

}  // namespace tollgate::sandbox
