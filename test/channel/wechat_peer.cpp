#include "wechat_peer.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <regex>
#include <stdexcept>

#include "files.hpp"

namespace tollgate::test {
namespace {

using sdk::OperationKind;
using sdk::Response;

/// As the documentation shows it: a payment and a refund of it.
constexpr const char* published_bill =
    "\xEF\xBB\xBF交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,"
    "交易类型,"
    "交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,"
    "充值券退款金额,"
    "退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n"
    "`2025-12-31 12:00:05,`wx2421b1c4370ec43b,`1900000001,`0,`,`4200000000202512310000000001,"
    "`7214983217463296001,`oUpF8uMuAJO,`NATIVE,`SUCCESS,`OTHERS,`CNY,`99.00,`0.00,`0,`0,`0.00,`0."
    "00,"
    "`,`,`Image形象店, 北京,`,`0.59000,`0.60%,`99.00,`0.00,`\r\n"
    "`2025-12-31 23:59:59,`wx2421b1c4370ec43b,`1900000001,`0,`,`4200000000202512310000000001,"
    "`7214983217463296001,`oUpF8uMuAJO,`NATIVE,`REFUND,`OTHERS,`CNY,`0.00,`0.00,"
    "`50000000382019052709732678859,`7214983217463296099,`10.50,`0.00,`ORIGINAL,`SUCCESS,"
    "`Image形象店, 北京,`,`-0.06000,`0.60%,`0.00,`10.50,`\r\n"
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,"
    "申请退款总金额\r\n"
    "`2,`99.00,`10.50,`0.00,`0.53000,`99.00,`10.50\r\n";

constexpr const char* published_fund_bill =
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),"
    "资金变更提交申请人,备注,业务凭证号\n"
    "`2025-12-31 12:00:05,`4200000000202512310000000001,`4200000000202512310000000001,`交易,`交易,"
    "`收入,`99.00,`199.00,`system,`,`7214983217463296001\n"
    "`2025-12-31 "
    "12:00:05,`4200000000202512310000000001,`4200000000202512310000000002,`扣除交易手续费,"
    "`扣除交易手续费,`支出,`0.59,`198.41,`system,`,`7214983217463296001\n"
    "`2025-12-31 23:59:59,`50000000382019052709732678859,`5000000038201905270973267885,`退款,`退款,"
    "`支出,`10.50,`187.91,`system,`,`7214983217463296099\n"
    "`2025-12-31 23:59:59,`1,`2,`提现,`提现,`支出,`100.00,`87.91,`boss,`,`3\n"
    "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n"
    "`4,`1,`99.00,`3,`111.09\n";

std::string quoted(std::string_view text) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  return buffer.GetString();
}

/// Fresh at every call, as the real ones are.
std::string next_nonce() {
  static int count = 0;
  return "nonce" + std::to_string(++count);
}

Fault with_header(std::string name, std::string header, std::string value) {
  return {std::move(name), [=](Response r) {
            r.headers[header] = value;
            return r;
          }};
}

Response resigned(Response response, const KeyPair& key, std::string timestamp) {
  response.headers["wechatpay-timestamp"] = timestamp;
  response.headers["wechatpay-signature"] = key.sign(
      timestamp + "\n" + response.headers["wechatpay-nonce"] + "\n" + response.body + "\n");
  return response;
}

}  // namespace

const WechatKeys& WechatKeys::get() {
  static const WechatKeys keys;
  return keys;
}

WechatPeer::WechatPeer(bool certificates_only)
    : by_certificates(certificates_only), bill(published_bill), fund_bill(published_fund_bill) {}

std::map<std::string, std::string> WechatPeer::settings() const {
  std::map<std::string, std::string> settings{
      {"app_id", app_id},
      {"mch_id", mch_id},
      {"merchant_serial", merchant_serial},
      {"merchant_private_key_file", WechatKeys::get().merchant.private_pem()},
      {"api_v3_key", api_v3_key}};
  if (!by_certificates) {
    settings["platform_public_key_id"] = key_id;
    settings["platform_public_key_file"] = WechatKeys::get().platform.public_pem();
  }
  return settings;
}

std::string WechatPeer::to_json(const std::map<std::string, std::string>& settings) {
  std::string json;
  for (const auto& [name, value] : settings)
    json += (json.empty() ? "{" : ",") + quoted(name) + ":" + quoted(value);
  return json + "}";
}

std::string WechatPeer::settings_json() const {
  return to_json(settings());
}

sdk::OperationInput WechatPeer::wish(OperationKind kind, std::string method) const {
  sdk::OperationInput input;
  input.kind = kind;
  input.method = std::move(method);
  input.pay_no = pay_no;
  input.amount = 9900;
  input.currency = "CNY";
  input.description = "Image形象店";
  input.notify_url = "https://pay.example.com/callbacks/wx-main";
  input.return_url = "https://pay.example.com/pay/return/t?a=b";
  input.client_ip = "203.0.113.7";
  input.openid = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";
  input.created_ms = now_ms;
  input.expires_ms = now_ms + 30 * 60 * 1000;
  if (kind == OperationKind::fetch_bill) {
    input.bill_date = "2025-12-31";
    input.bill_type = "trade";
  }
  return input;
}

std::vector<sdk::OperationInput> WechatPeer::wishes() const {
  return {wish(OperationKind::pay, "native"), wish(OperationKind::pay, "jsapi"),
          wish(OperationKind::pay, "h5"),     wish(OperationKind::pay, "app"),
          wish(OperationKind::query),         wish(OperationKind::close),
          wish(OperationKind::fetch_bill)};
}

void WechatPeer::check_authorization(const sdk::Request& request, std::int64_t at_ms) {
  static const std::regex pattern(
      "WECHATPAY2-SHA256-RSA2048 mchid=\"([^\"]*)\",nonce_str=\"([0-9A-Za-z]{32})\","
      "signature=\"([^\"]*)\",timestamp=\"([0-9]*)\",serial_no=\"([^\"]*)\"");
  std::smatch m;
  const std::string value = header(request, "Authorization");
  if (!std::regex_match(value, m, pattern)) throw std::runtime_error("Authorization: its form");
  if (m[1] != mch_id || m[5] != merchant_serial) throw std::runtime_error("Authorization: who");
  if (m[4] != std::to_string(at_ms / 1000)) throw std::runtime_error("Authorization: the time");
  const auto path = request.url.find('/', std::string("https://").size());
  const std::string message = request.method + "\n" + request.url.substr(path) + "\n" + m[4].str() +
                              "\n" + m[2].str() + "\n" + request.body + "\n";
  static const std::string merchant = WechatKeys::get().merchant.public_pem();
  if (!verify(merchant, message, m[3].str()))
    throw std::runtime_error("Authorization: the signature");
}

Response WechatPeer::answer(const sdk::Request& request, std::int64_t at_ms) {
  check_authorization(request, at_ms);
  const std::string base = gateway() + "/v3/pay/transactions/";
  const std::string trade_url = base + "out-trade-no/" + pay_no;
  if (request.url == gateway() + "/v3/certificates") {
    ++certificate_fetches;
    return certificates(at_ms);
  }
  const std::string bills = gateway() + "/v3/bill/";
  const std::string asked = "?bill_date=2025-12-31&tar_type=GZIP";
  for (const auto& [name, file] : {std::pair("tradebill", &bill), {"fundflowbill", &fund_bill}})
    if (request.method == "GET" && request.url == bills + name + asked) {
      packed_ = gzip_of(*file);
      const std::string hash = bill_hash.empty() ? sha1_hex_of(*file) : bill_hash;
      return signed_response(200,
                             R"({"hash_type":"SHA1","hash_value":")" + hash +
                                 R"(","download_url":")" + bill_url + "\"}",
                             at_ms);
    }
  if (request.method == "GET" && request.url == bill_url) {
    if (header(request, "Accept") != "*/*" || !request.stream)
      throw std::runtime_error("how a file is asked for");
    Response file;
    file.status = 200;
    file.headers = {{"content-type", "text/plain"}};
    file.body = packed_;
    return file;
  }
  if (request.method == "GET" && request.url == trade_url + "?mchid=" + mch_id)
    return signed_response(200, trade("SUCCESS"), at_ms);
  if (request.method != "POST") throw std::runtime_error("no such resource " + request.url);
  if (request.url == trade_url + "/close") return signed_response(204, "", at_ms);
  if (request.url == base + "native")
    return signed_response(200, R"({"code_url":"weixin://wxpay/bizpayurl?pr=AbCd123"})", at_ms);
  if (request.url == base + "h5")
    return signed_response(
        200, R"({"h5_url":"https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx2"})",
        at_ms);
  if (request.url == base + "jsapi" || request.url == base + "app")
    return signed_response(200, R"({"prepay_id":"wx201410272009395522657a690389285100"})", at_ms);
  throw std::runtime_error("no such resource " + request.url);
}

std::map<std::string, std::string, std::less<>> WechatPeer::signature_headers(
    std::string_view body, std::int64_t at_ms, const KeyPair& key) const {
  const std::string timestamp = std::to_string(at_ms / 1000);
  const std::string nonce = next_nonce();
  const std::string own = by_certificates ? certificate_serial : key_id;
  return {{"content-type", "application/json"},
          {"wechatpay-serial", sign_as.empty() ? own : sign_as},
          {"wechatpay-timestamp", timestamp},
          {"wechatpay-nonce", nonce},
          {"wechatpay-signature-type", "WECHATPAY2-SHA256-RSA2048"},
          {"wechatpay-signature",
           key.sign(timestamp + "\n" + nonce + "\n" + std::string(body) + "\n")}};
}

Response WechatPeer::signed_response(int status, std::string body, std::int64_t at_ms,
                                     const KeyPair& key) const {
  Response response;
  response.status = status;
  response.headers = signature_headers(body, at_ms, key);
  response.body = std::move(body);
  return response;
}

Response WechatPeer::certificates(std::int64_t at_ms) const {
  const auto [made, missing] = pems_.try_emplace({certificate_serial, certificate_to_ms});
  if (missing)
    made->second = WechatKeys::get().platform.certificate_pem(
        certificate_serial, certificate_from_ms, certificate_to_ms);
  return signed_response(
      200,
      R"({"data":[{"serial_no":")" + certificate_serial +
          R"(","effective_time":"2025-01-01T00:00:00+08:00","expire_time":"2027-01-01T00:00:00+08:00",)"
          R"("encrypt_certificate":{"algorithm":"AEAD_AES_256_GCM","nonce":"14b16c03dc1b",)"
          R"("associated_data":"certificate","ciphertext":")" +
          seal(api_v3_key, "14b16c03dc1b", "certificate", made->second) + R"("}}]})",
      at_ms);
}

std::string WechatPeer::trade(std::string_view state) const {
  return R"({"mchid":")" + mch_id + R"(","appid":")" + app_id + R"(","out_trade_no":")" + pay_no +
         R"(","transaction_id":"4200000000202601010000000001","trade_type":"NATIVE","trade_state":")" +
         std::string(state) +
         R"(","trade_state_desc":"支付成功","bank_type":"OTHERS","success_time":"2026-01-01T12:00:00+08:00",)"
         R"("payer":{"openid":"o"},"amount":{"total":9900,"payer_total":9000,"currency":"CNY"}})";
}

std::string WechatPeer::notice_body(std::string_view plain, std::string_view event_type,
                                    std::string_view original_type) const {
  return R"({"id":"EV-2018022511223320873","create_time":"2026-01-01T12:00:06+08:00","event_type":)" +
         quoted(event_type) +
         R"(,"resource_type":"encrypt-resource","summary":"支付成功","resource":{"original_type":)" +
         quoted(original_type) +
         R"(,"algorithm":"AEAD_AES_256_GCM","associated_data":"transaction","nonce":"abcdef012345",)"
         R"("ciphertext":")" +
         seal(api_v3_key, "abcdef012345", "transaction", plain) + R"("}})";
}

sdk::CallbackInput WechatPeer::signed_notice(std::string body, std::int64_t at_ms,
                                             const KeyPair& key) const {
  sdk::CallbackInput input;
  input.method = "POST";
  input.path = "/callbacks/wx-main";
  input.headers = signature_headers(body, at_ms, key);
  input.body = std::move(body);
  return input;
}

sdk::CallbackInput WechatPeer::notice(std::int64_t at_ms) {
  return signed_notice(notice_body(trade("SUCCESS"), "TRANSACTION.SUCCESS"), at_ms);
}

sdk::CallbackInput WechatPeer::forged_notice(std::int64_t at_ms) {
  return signed_notice(notice_body(trade("SUCCESS"), "TRANSACTION.SUCCESS"), at_ms,
                       WechatKeys::get().other);
}

std::set<std::string> WechatPeer::proof_headers() const {
  return {"wechatpay-serial", "wechatpay-timestamp", "wechatpay-nonce", "wechatpay-signature"};
}

bool WechatPeer::proves(const sdk::Request& request) const {
  return request.url != bill_url;
}

std::vector<Fault> WechatPeer::proof_faults() const {
  std::vector<Fault> faults;
  for (const auto& name : proof_headers())
    faults.push_back({"without " + name, [name](Response r) {
                        r.headers.erase(name);
                        return r;
                      }});
  faults.push_back(with_header("signature of something else", "wechatpay-signature",
                               WechatKeys::get().platform.sign("something else")));
  faults.push_back(with_header("no base64", "wechatpay-signature", "*"));
  faults.push_back(with_header("a probe", "wechatpay-signature", "WECHATPAY/SIGNTEST/abcd"));
  faults.push_back(with_header("unknown serial", "wechatpay-serial", "ABCDEF0123456789"));
  faults.push_back(with_header("unknown key id", "wechatpay-serial", "PUB_KEY_ID_99"));
  faults.push_back(with_header("another kind of signature", "wechatpay-signature-type", "MD5"));
  faults.push_back({"one byte more", [](Response r) {
                      r.body += ' ';
                      return r;
                    }});
  faults.push_back({"another's key", [](Response r) {
                      return resigned(r, WechatKeys::get().other, r.headers["wechatpay-timestamp"]);
                    }});
  for (const int away_s : {-300, -100'000, 300, 100'000})
    faults.push_back({"signed " + std::to_string(away_s) + " s away", [away_s](Response r) {
                        return resigned(r, WechatKeys::get().platform,
                                        std::to_string(now_ms / 1000 + away_s));
                      }});
  for (const auto* odd : {"", "x", "-1", "99999999999999999999", "1767240000.0"})
    faults.push_back({std::string("timestamp '") + odd + "'",
                      [odd](Response r) { return resigned(r, WechatKeys::get().platform, odd); }});
  return faults;
}

std::unique_ptr<Peer> wechat_by_key() {
  return std::make_unique<WechatPeer>(false);
}
std::unique_ptr<Peer> wechat_by_certificates() {
  return std::make_unique<WechatPeer>(true);
}

}  // namespace tollgate::test
