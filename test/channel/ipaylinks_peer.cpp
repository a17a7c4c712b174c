#include "ipaylinks_peer.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace tollgate::test {
namespace {

using sdk::OperationKind;
using sdk::Response;

std::string hex(const unsigned char* bytes, std::size_t size) {
  static const char digits[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < size; ++i) {
    out += digits[bytes[i] >> 4];
    out += digits[bytes[i] & 15];
  }
  return out;
}

std::string md5(const std::string& text) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), out, &size, EVP_md5(), nullptr) != 1)
    throw std::runtime_error("md5");
  return hex(out, size);
}

std::string encoded(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.')
      out += c;
    else
      for (const char h : "%" + hex(reinterpret_cast<const unsigned char*>(&c), 1))
        out += static_cast<char>(toupper(static_cast<unsigned char>(h)));
  }
  return out;
}

Fault altered(std::string name, std::string from, std::string to) {
  return {std::move(name), [=](Response r) {
            const auto at = r.body.find(from);
            if (at != std::string::npos) r.body.replace(at, from.size(), to);
            return r;
          }};
}

}  // namespace

IpaylinksPeer::Fields IpaylinksPeer::settings() const {
  Fields fields{{"generation", std::to_string(generation)},
                {"merchant_id", merchant_id},
                {"site_id", "shop.example.com"},
                {"key", secret}};
  for (const auto& [name, value] : settings_beside) fields[name] = value;
  return fields;
}

std::string IpaylinksPeer::to_json(const Fields& fields) {
  std::string json;
  for (const auto& [name, value] : fields) {
    std::string escaped;
    for (const char c : value) {
      if (c == '"' || c == '\\') escaped += '\\';
      if (c == '\x01')
        escaped += "\\u0001";
      else
        escaped += c;
    }
    json += (json.empty() ? "{\"" : ",\"") + name + "\":\"" + escaped + "\"";
  }
  return json + "}";
}

sdk::OperationInput IpaylinksPeer::wish(OperationKind kind) const {
  sdk::OperationInput input;
  input.kind = kind;
  input.method = "redirect";
  input.pay_no = kind == OperationKind::close ? closing_no : pay_no;
  if (kind == OperationKind::refund || kind == OperationKind::query_refund) {
    input.refund_no = refund_no;
    input.channel_trade_no = trade_no;
  }
  input.amount = 1234;
  input.total = 1234;
  input.currency = "USD";
  input.description = "C++ in 30 days";
  input.notify_url = "https://pay.example.com/callbacks/ipl-main";
  input.return_url = "https://pay.example.com/pay/return/t";
  input.cancel_url = input.return_url;
  input.client_ip = "203.0.113.5";
  input.created_ms = now_ms;
  input.expires_ms = now_ms + 30 * 60 * 1000;
  return input;
}

std::vector<sdk::OperationInput> IpaylinksPeer::wishes() const {
  if (generation == 1) return {wish(OperationKind::pay), wish(OperationKind::close)};
  return {wish(OperationKind::pay), wish(OperationKind::query), wish(OperationKind::close),
          wish(OperationKind::refund), wish(OperationKind::query_refund)};
}

IpaylinksPeer::Fields IpaylinksPeer::with_signature(Fields fields, const std::string& key) const {
  const std::string name = generation == 1 ? "signMsg" : "sign";
  fields.erase(name);
  std::string text;
  for (const auto& [field, value] : fields)
    if (generation == 2 || !value.empty()) text += field + "=" + value + "&";
  fields[name] = md5(text + "pkey=" + key);
  return fields;
}

std::string IpaylinksPeer::seal() const {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(pay_no.data()), pay_no.size(), out, &size);
  return hex(out, 16);
}

IpaylinksPeer::Fields IpaylinksPeer::trade() const {
  if (generation == 1)
    return {{"orderId", pay_no},      {"resultCode", status == "success" ? "0000" : status},
            {"resultMsg", "Success"}, {"orderAmount", "1234"},
            {"currencyCode", "USD"},  {"partnerId", merchant_id},
            {"dealId", trade_no},     {"acquiringTime", "20260101120000"},
            {"remark", seal()},       {"completeTime", "20260101120003"},
            {"charset", "1"},         {"signType", "2"}};
  return {{"version", "2.0"},
          {"merchantId", merchant_id},
          {"transId", pay_no},
          {"transType", "sale"},
          {"respCode", "0000"},
          {"respMsg", "Approved"},
          {"status", status},
          {"orderId", trade_no},
          {"transAmt", "1234"},
          {"currency", "USD"},
          {"completeTime", "20260101120003"},
          {"charset", "utf-8"},
          {"signType", "MD5"}};
}

IpaylinksPeer::Fields IpaylinksPeer::refund() const {
  Fields fields = trade();
  fields["transId"] = refund_no;
  fields["origTransId"] = pay_no;
  fields["transType"] = "refund";
  fields["status"] = refund_status;
  fields["orderId"] = refund_trade_no;
  return fields;
}

std::string IpaylinksPeer::form(const Fields& fields) {
  std::string body;
  for (const auto& [name, value] : fields)
    body += (body.empty() ? "" : "&") + encoded(name) + "=" + encoded(value);
  return body;
}

sdk::CallbackInput IpaylinksPeer::posted(const Fields& fields) const {
  sdk::CallbackInput input;
  input.method = "POST";
  input.path = "/callbacks/ipl-main";
  input.headers = {{"content-type", "application/x-www-form-urlencoded"}};
  input.body = form(fields);
  return input;
}

Response IpaylinksPeer::answered(const Fields& fields) const {
  Response response;
  response.status = 200;
  response.headers = {{"content-type", "application/x-www-form-urlencoded"}};
  response.body = form(fields);
  return response;
}

Response IpaylinksPeer::answer(const sdk::Request& request, std::int64_t) {
  if (generation == 1 || request.method != "POST" || request.url != gateway() + "/mapi/OpenAPI.do")
    throw std::runtime_error("iPayLinks has no such interface");
  const Fields wanted{{"version", "2.0"},
                      {"merchantId", merchant_id},
                      {"transId", refund_no},
                      {"origTransId", pay_no},
                      {"transType", "refund"},
                      {"transAmt", "1234"},
                      {"notifyUrl", "https://pay.example.com/callbacks/ipl-main"},
                      {"charset", "utf-8"},
                      {"signType", "MD5"}};
  if (request.body == form(with_signature(wanted))) return answered(with_signature(refund()));
  for (const auto& number : {pay_no, closing_no, refund_no}) {
    const Fields query{{"version", "2.0"},     {"merchantId", merchant_id}, {"transId", number},
                       {"transType", "query"}, {"charset", "utf-8"},        {"signType", "MD5"}};
    if (request.body != form(with_signature(query))) continue;
    Fields found = number == refund_no ? refund() : trade();
    found["transId"] = number;
    if (number == closing_no) found["status"] = "expired";
    return answered(with_signature(found));
  }
  throw std::runtime_error("iPayLinks refuses the query " + request.body);
}

std::vector<Fault> IpaylinksPeer::proof_faults() const {
  return {altered("another amount", "transAmt=1234", "transAmt=1235"),
          altered("no signature", "&sign=", "&reserved="),
          altered("another signature", "&sign=", "&sign=0"),
          altered("a field that nobody knows", "&sign=", "&paid=1&sign="),
          altered("a field twice", "&sign=", "&currency=USD&sign="),
          altered("another kind of signature", "signType=MD5", "signType=RSA"),
          {"another's key", [this](Response r) {
             r.body = form(with_signature(trade(), "OTHERKEY"));
             return r;
           }}};
}

sdk::CallbackInput IpaylinksPeer::notice(std::int64_t) {
  return posted(with_signature(trade()));
}

sdk::CallbackInput IpaylinksPeer::forged_notice(std::int64_t) {
  return posted(with_signature(trade(), "OTHERKEY"));
}

std::unique_ptr<Peer> ipaylinks_webgate() {
  return std::make_unique<IpaylinksPeer>(1);
}
std::unique_ptr<Peer> ipaylinks_mapi() {
  return std::make_unique<IpaylinksPeer>(2);
}

}  // namespace tollgate::test
