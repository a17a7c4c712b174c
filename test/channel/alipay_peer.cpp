#include "alipay_peer.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cctype>
#include <ctime>
#include <stdexcept>

#include "files.hpp"

namespace tollgate::test {
namespace {

using sdk::OperationKind;
using sdk::Response;

constexpr Life long_life{AlipayPeer::now_ms - 365 * AlipayPeer::day_ms,
                         AlipayPeer::now_ms + 365 * AlipayPeer::day_ms};
constexpr std::int64_t alipay_serial = 4'270'155'243'245'600'485;
constexpr std::int64_t renewed_serial = 4'270'155'243'245'600'486;
constexpr std::int64_t app_serial = 4'270'155'270'844'824'136;
const Names alipay_names{"CN", "Shop", "Alipay", "支付宝(中国)网络技术有限公司-2088000000000001"};

std::string quoted(std::string_view text) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  return buffer.GetString();
}

std::string sn(const Authority& issuer, std::int64_t serial) {
  return md5_hex(issuer.names().backwards() + std::to_string(serial));
}

std::string node_name(std::string_view method) {
  std::string name(method);
  std::replace(name.begin(), name.end(), '.', '_');
  return name + "_response";
}

void require(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error("the gateway refuses: " + what);
}

/// RSA signatures are slow and depend on the text alone. Some are kept: fuzzing asks for very many.
std::string signature(const KeyPair& key, const std::string& text) {
  static std::map<std::pair<const KeyPair*, std::string>, std::string> made;
  if (made.size() > 1'000) made.clear();
  auto& known = made[{&key, text}];
  if (known.empty()) known = key.sign(text);
  return known;
}

std::string joined(const Fields& fields) {
  std::string text;
  for (const auto& [name, value] : fields)
    if (name != "sign") text += (text.empty() ? "" : "&") + name + "=" + value;
  return text;
}

Fault replaced(std::string name, std::string what, std::string by) {
  return {std::move(name), [=](Response r) {
            const auto at = r.body.find(what);
            require(at != std::string::npos, "no " + what);
            r.body.replace(at, what.size(), by);
            return r;
          }};
}

}  // namespace

const AlipayKeys& AlipayKeys::get() {
  static const AlipayKeys keys;
  return keys;
}

const AlipayAuthorities& AlipayAuthorities::get() {
  static const AlipayAuthorities all = [] {
    const Names root{"CN", "Ant", "Certification Authority", "Ant Root R1"};
    Authority top(root, 1, long_life);
    Authority apps(top, {"CN", "Ant", "Certification Authority", "Class 1 R1"}, 2, long_life);
    Authority alipay(top, {"CN", "Ant", "Certification Authority", "Class 2 R1"}, 3, long_life);
    return AlipayAuthorities{std::move(top), std::move(apps), std::move(alipay),
                             Authority(root, 1, long_life)};
  }();
  return all;
}

AlipayPeer::AlipayPeer(bool certificates) : by_certificates(certificates) {
  if (!by_certificates) return;
  const auto& authority = AlipayAuthorities::get().alipay;
  alipay_cert = authority.issue(AlipayKeys::get().alipay, alipay_names, alipay_serial, long_life) +
                authority.pem();
  alipay_cert_sn = sn(authority, alipay_serial);
}

void AlipayPeer::renew() {
  const auto& authority = AlipayAuthorities::get().alipay;
  alipay_cert =
      authority.issue(AlipayKeys::get().renewed, alipay_names, renewed_serial, long_life) +
      authority.pem();
  alipay_cert_sn = sn(authority, renewed_serial);
  key_ = &AlipayKeys::get().renewed;
}

std::map<std::string, std::string> AlipayPeer::settings() const {
  const auto& keys = AlipayKeys::get();
  std::map<std::string, std::string> settings{{"app_id", app_id},
                                              {"seller_id", seller_id},
                                              {"app_private_key_file", keys.app.private_pem()}};
  if (!by_certificates) {
    settings["alipay_public_key_file"] = keys.alipay.public_pem();
    return settings;
  }
  const auto& authorities = AlipayAuthorities::get();
  settings["app_cert_file"] = authorities.apps.issue(
      keys.app, {"CN", "Shop", "Alipay", seller_id + "-" + app_id}, app_serial, long_life);
  settings["alipay_cert_file"] = alipay_cert;
  settings["alipay_root_cert_file"] = authorities.root.pem();
  return settings;
}

std::string AlipayPeer::to_json(const std::map<std::string, std::string>& settings) {
  std::string json;
  for (const auto& [name, value] : settings)
    json += (json.empty() ? "{" : ",") + quoted(name) + ":" + quoted(value);
  return json + "}";
}

std::string AlipayPeer::settings_json() const {
  return to_json(settings());
}

sdk::OperationInput AlipayPeer::wish(OperationKind kind, std::string method) const {
  sdk::OperationInput input;
  input.kind = kind;
  input.method = std::move(method);
  input.pay_no = pay_no;
  input.amount = 9900;
  input.currency = "CNY";
  input.description = "Image形象店";
  input.notify_url = "https://pay.example.com/callbacks/ali-main";
  input.return_url = "https://pay.example.com/pay/return/t?a=b&c=d";
  input.cancel_url = "https://pay.example.com/pay/t";
  input.created_ms = now_ms;
  input.expires_ms = now_ms + 30 * 60 * 1000;
  if (kind == OperationKind::fetch_bill) {
    input.bill_date = "2025-12-31";
    input.bill_type = "trade";
  }
  return input;
}

std::vector<sdk::OperationInput> AlipayPeer::wishes() const {
  sdk::OperationInput cancelled = wish(OperationKind::close, "qr");
  cancelled.pay_no = unopened_no;
  return {wish(OperationKind::pay, "page"),
          wish(OperationKind::pay, "wap"),
          wish(OperationKind::pay, "qr"),
          wish(OperationKind::pay, "app"),
          wish(OperationKind::query, "page"),
          wish(OperationKind::close, "page"),
          std::move(cancelled),
          wish(OperationKind::fetch_bill)};
}

void AlipayPeer::check_signature(Fields fields) {
  const std::string sign = fields["sign"];
  for (auto at = fields.begin(); at != fields.end();)
    at = at->second.empty() ? fields.erase(at) : std::next(at);
  static const std::string app = AlipayKeys::get().app.public_pem();
  require(verify(app, joined(fields), sign), "isv.invalid-signature");
}

Fields AlipayPeer::checked(const sdk::Request& request, std::int64_t at_ms) const {
  require(request.method == "POST", "its method");
  const auto question = request.url.find('?');
  require(request.url.substr(0, question) == gateway(), "its address");
  const Fields in_url = decoded(request.url.substr(question + 1));
  require(in_url.contains("charset"), "no charset in the query");
  require(header(request, "Content-Type") == "application/x-www-form-urlencoded;charset=utf-8",
          "its content type");
  Fields fields = decoded(request.body);
  require(fields.size() == 1 && fields.contains("biz_content"), "its body");
  fields.insert(in_url.begin(), in_url.end());
  check_signature(fields);
  const std::time_t beijing_s = static_cast<std::time_t>(at_ms / 1000 + 8 * 3600);
  char time[32];
  std::strftime(time, sizeof time, "%Y-%m-%d %H:%M:%S", std::gmtime(&beijing_s));
  Fields expected{{"app_id", app_id},    {"format", "JSON"}, {"charset", "utf-8"},
                  {"sign_type", "RSA2"}, {"version", "1.0"}, {"timestamp", time}};
  if (by_certificates) {
    const auto& authorities = AlipayAuthorities::get();
    expected["app_cert_sn"] = sn(authorities.apps, app_serial);
    expected["alipay_root_cert_sn"] = sn(authorities.root, 1);
  }
  for (const auto& [name, value] : expected) require(fields[name] == value, name);
  require(fields.contains("app_cert_sn") == by_certificates, "app_cert_sn in key mode");
  return fields;
}

std::string AlipayPeer::node_of(const std::string& method, const std::string& number) const {
  const std::string done =
      R"({"code":"10000","msg":"Success","trade_no":"2026010122001400000000000001","out_trade_no":)" +
      quoted(number);
  const bool exists = number != unopened_no;
  if (method == "alipay.trade.precreate")
    return R"({"code":"10000","msg":"Success","out_trade_no":)" + quoted(number) +
           R"(,"qr_code":"https:\/\/qr.alipay.com\/bax00000000000001"})";
  if (method == "alipay.trade.query" && exists) return trade("TRADE_SUCCESS");
  if (method == "alipay.trade.close" && exists) return done + "}";
  if (method == "alipay.trade.cancel")
    return done + R"(,"retry_flag":)" + quoted(cancel_retry) +
           (cancel_action.empty() ? "" : R"(,"action":)" + quoted(cancel_action)) + "}";
  if (method == "alipay.trade.query" || method == "alipay.trade.close")
    return refusal("40004", "ACQ.TRADE_NOT_EXIST");
  throw std::runtime_error("no such method " + method);
}

bool AlipayPeer::proves(const sdk::Request& request) const {
  return request.method == "POST";
}

std::string AlipayPeer::published_bill() {
  return "#支付宝业务明细查询\r\n"
         "#账号：[20880000000000010156]\r\n"
         "#起始日期：[2025年12月31日 00:00:00]   终止日期：[2026年01月01日 00:00:00]\r\n"
         "#-----------------------------------------业务明细列表---------------------------\r\n"
         "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,"
         "终端号,"
         "对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,"
         "商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,"
         "退款批次号/请求号,服务费（元）,分润（元）,备注\r\n"
         "2025123122001400000000000001\t,7214983217463296001\t,交易,Image形象店, 北京,"
         "2025-12-31 11:59:50,2025-12-31 12:00:05,\t,,\t,\t,*三(159****5620)\t,99.00,99.00,0.00,"
         "0.00,0.00,0.00,0.00,,0.00,0.00,\t,-0.59,0.00,\r\n"
         "2025123122001400000000000001\t,7214983217463296001\t,退款,Image形象店,"
         "2025-12-31 11:59:50,2025-12-31 23:59:59,\t,,\t,\t,*三(159****5620)\t,-10.50,-10.50,0.00,"
         "0.00,0.00,0.00,0.00,,0.00,0.00,7214983217463296099\t,0.06,0.00,\r\n"
         "#-----------------------------------------业务明细列表结束-----------------------\r\n"
         "#交易合计：1笔，商家实收共99.00元，商家优惠共0.00元\r\n"
         "#退款合计：1笔，商家实收退款共-10.50元，商家优惠退款共0.00元\r\n"
         "#导出时间：[2026年01月01日 09:00:00]\r\n";
}

std::string AlipayPeer::packed(const std::string& bill) {
  const std::string stem = "20880000000000010156_20251231_业务明细";
  return zip_of({{gbk_of(stem + "(汇总).csv"), gbk_of("#支付宝业务汇总查询\r\n")},
                 {gbk_of(stem + ".csv"), gbk_of(bill)}});
}

Response AlipayPeer::answer(const sdk::Request& request, std::int64_t at_ms) {
  if (request.method == "GET") {
    std::string wanted = bill_url;
    if (wanted.starts_with("http://") && gateway().starts_with("https://")) wanted.insert(4, "s");
    require(request.url == wanted && request.stream, "how a file is asked for");
    Response file;
    file.status = 200;
    file.body = archive.empty() ? packed(bill) : archive;
    return file;
  }
  Fields fields = checked(request, at_ms);
  rapidjson::Document content;
  content.Parse(fields["biz_content"].c_str());
  require(content.IsObject(), "biz_content");
  const std::string method = fields["method"];
  if (method == "alipay.open.app.alipaycert.download") {
    ++downloads;
    require(content["alipay_cert_sn"] == alipay_cert_sn, "no such certificate");
    return unsigned_answer(method, R"({"code":"10000","msg":"Success","alipay_cert_content":")" +
                                       base64(download.empty() ? alipay_cert : download) + "\"}");
  }
  if (method == "alipay.data.dataservice.bill.downloadurl.query") {
    require(content["bill_type"] == "trade" && content["bill_date"] == "2025-12-31", "which bill");
    return signed_answer(method, !bill_error.empty()
                                     ? refusal("40004", bill_error)
                                     : R"({"code":"10000","msg":"Success","bill_download_url":)" +
                                           quoted(bill_url) + "}");
  }
  return signed_answer(method, node_of(method, content["out_trade_no"].GetString()));
}

Response AlipayPeer::signed_answer(std::string_view method, const std::string& node,
                                   const std::string& signed_node) const {
  Response response = unsigned_answer(method, node);
  response.body.pop_back();
  if (by_certificates) response.body += R"(,"alipay_cert_sn":)" + quoted(alipay_cert_sn);
  response.body +=
      R"(,"sign":")" + signature(*key_, signed_node.empty() ? node : signed_node) + "\"}";
  return response;
}

Response AlipayPeer::unsigned_answer(std::string_view method, const std::string& node) {
  Response response;
  response.status = 200;
  response.headers = {{"content-type", "text/html;charset=utf-8"}};
  response.body = "{" + quoted(node_name(method)) + ":" + node + "}";
  return response;
}

std::string AlipayPeer::refusal(std::string_view code, std::string_view sub_code) {
  return R"({"code":)" + quoted(code) + R"(,"msg":"Business Failed","sub_code":)" +
         quoted(sub_code) + R"(,"sub_msg":"why"})";
}

std::string AlipayPeer::trade(std::string_view state) {
  return R"({"code":"10000","msg":"Success","buyer_logon_id":"159****5620","buyer_pay_amount":"99.00",)"
         R"("fund_bill_list":[{"amount":"99.00","fund_channel":"ALIPAYACCOUNT"}],"out_trade_no":)" +
         quoted(pay_no) +
         R"(,"receipt_amount":"99.00","send_pay_date":"2026-01-01 12:00:05","total_amount":"99.00",)"
         R"("trade_no":"2026010122001400000000000001","trade_status":)" +
         quoted(state) + "}";
}

Fields AlipayPeer::notice_fields() {
  return {{"notify_time", "2026-01-01 12:00:06"},
          {"notify_type", "trade_status_sync"},
          {"notify_id", "2026010100222120005000000000000001"},
          {"app_id", app_id},
          {"auth_app_id", app_id},
          {"charset", "utf-8"},
          {"version", "1.0"},
          {"sign_type", "RSA2"},
          {"trade_no", "2026010122001400000000000001"},
          {"out_trade_no", pay_no},
          {"buyer_id", "2088102534368455"},
          {"buyer_logon_id", "159****5620"},
          {"seller_id", seller_id},
          {"trade_status", "TRADE_SUCCESS"},
          {"total_amount", "99.00"},
          {"receipt_amount", "99.00"},
          {"subject", "Image形象店"},
          {"gmt_create", "2026-01-01 11:59:58"},
          {"gmt_payment", "2026-01-01 12:00:05"},
          {"fund_bill_list", R"([{"amount":"99.00","fundChannel":"ALIPAYACCOUNT"}])"}};
}

sdk::CallbackInput AlipayPeer::signed_notice(Fields fields, const KeyPair& key) const {
  Fields covered = fields;
  covered.erase("sign_type");
  fields["sign"] = signature(key, joined(covered));
  sdk::CallbackInput input;
  input.method = "POST";
  input.path = "/callbacks/ali-main";
  input.headers = {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}};
  input.body = encoded(fields);
  return input;
}

/// A notice that is sent again differs in its notify_time, and so in its signature.
sdk::CallbackInput AlipayPeer::notice(std::int64_t at_ms) {
  Fields fields = notice_fields();
  fields["notify_time"] = "2026-01-01 12:00:" + std::to_string(10 + (at_ms - now_ms) / 1000);
  return signed_notice(fields);
}

sdk::CallbackInput AlipayPeer::forged_notice(std::int64_t) {
  return signed_notice(notice_fields(), AlipayKeys::get().other);
}

std::string AlipayPeer::encoded(const Fields& fields) {
  const auto escaped = [](std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (std::isalnum(byte) || std::string_view("-_.*").find(c) != std::string_view::npos)
        out += c;
      else if (c == ' ')
        out += '+';
      else
        out.append("%").append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    }
    return out;
  };
  std::string form;
  for (const auto& [name, value] : fields)
    form += (form.empty() ? "" : "&") + escaped(name) + "=" + escaped(value);
  return form;
}

Fields AlipayPeer::decoded(std::string_view form) {
  const auto unescaped = [](std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '%' && text.size() - i > 2 &&
          std::isxdigit(static_cast<unsigned char>(text[i + 1])) &&
          std::isxdigit(static_cast<unsigned char>(text[i + 2]))) {
        out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
        i += 2;
      } else {
        out += text[i] == '+' ? ' ' : text[i];
      }
    }
    return out;
  };
  Fields fields;
  while (!form.empty()) {
    const auto pair = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(form.size(), pair.size() + 1));
    const auto equals = std::min(pair.find('='), pair.size());
    fields[unescaped(pair.substr(0, equals))] =
        unescaped(pair.substr(std::min(pair.size(), equals + 1)));
  }
  return fields;
}

bool AlipayPeer::same_notice(const sdk::CallbackInput& a, const sdk::CallbackInput& b) const {
  return decoded(a.body) == decoded(b.body);
}

std::vector<Fault> AlipayPeer::proof_faults() const {
  const std::string other = signature(AlipayKeys::get().other, "{}");
  std::vector<Fault> faults{
      replaced("without signature", R"("sign":)", R"("no_sign":)"),
      replaced("an empty signature", R"("sign":")", R"("sign":"","x":")"),
      replaced("a signature that is no text", R"("sign":")", R"("sign":7,"x":")"),
      replaced("signed twice", R"("sign":)", R"("sign":"AAAA","sign":)"),
      replaced("signed twice, once escaped", R"("sign":)", R"("\u0073ign":"AAAA","sign":)"),
      replaced("no base64", R"("sign":")", R"("sign":"*)"),
      replaced("a signature inside the node", R"({"code")", R"({"sign":")" + other + R"(","code")"),
      replaced("one space more in the node", R"("code":)", R"("code": )"),
      replaced("two nodes", R"("sign":)", R"("error_response":{"code":"10000"},"sign":)"),
      replaced("the node of another call", "_response\"", "_responses\""),
      {"another's key", [](Response r) {
         const auto at = r.body.find(R"("sign":")") + 8;
         r.body.replace(at, r.body.size() - at - 2, AlipayKeys::get().other.sign("x"));
         return r;
       }}};
  return faults;
}

std::unique_ptr<Peer> alipay_by_key() {
  return std::make_unique<AlipayPeer>(false);
}
std::unique_ptr<Peer> alipay_by_certificates() {
  return std::make_unique<AlipayPeer>(true);
}

}  // namespace tollgate::test
