#include "sandbox/alipay_gateway.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/crypto.hpp"
#include "base/time.hpp"
#include "base/utf8.hpp"

namespace tollgate::sandbox {
namespace {

constexpr std::int64_t china_offset_s = 8 * 3600;
constexpr std::array<std::string_view, 15> known_params{"app_id",
                                                        "method",
                                                        "format",
                                                        "charset",
                                                        "sign_type",
                                                        "timestamp",
                                                        "version",
                                                        "sign",
                                                        "biz_content",
                                                        "notify_url",
                                                        "return_url",
                                                        "app_cert_sn",
                                                        "alipay_root_cert_sn",
                                                        "app_auth_token",
                                                        "alipay_sdk"};
constexpr std::array<std::string_view, 7> required_params{
    "method", "app_id", "charset", "sign_type", "sign", "timestamp", "version"};

std::string dashed(std::string_view name) {
  std::string out(name);
  std::ranges::replace(out, '_', '-');
  return out == "sign" ? "signature" : out == "sign-type" ? "signature-type" : out;
}

bool is_form(std::string_view content_type) {
  constexpr std::string_view form = "application/x-www-form-urlencoded";
  return net::equal_ignoring_case(content_type.substr(0, content_type.find(';')), form);
}

AlipayCall refused(AlipayError error) {
  AlipayCall call;
  call.error = std::move(error);
  return call;
}

}  // namespace

AlipayError missing_parameter(std::string_view name) {
  return {"40001", "isv.missing-" + dashed(name), "缺少参数 " + std::string(name)};
}
AlipayError invalid_parameter(std::string_view name, std::string why) {
  return {"40002", "isv.invalid-" + dashed(name), "无效参数 " + std::string(name) + ": " + why};
}
AlipayError business_failure(std::string sub_code, std::string sub_msg) {
  return {"40004", std::move(sub_code), std::move(sub_msg)};
}

std::string_view alipay_message(std::string_view code) {
  if (code == "10000") return "Success";
  if (code == "20000") return "Service Currently Unavailable";
  if (code == "40001") return "Missing Required Arguments";
  if (code == "40002") return "Invalid Arguments";
  if (code == "40005") return "Call Limited";
  if (code == "40006") return "Insufficient Permissions";
  return "Business Failed";
}

std::string alipay_time(TimeMs time) {
  std::string out = to_rfc3339(time.plus_s(china_offset_s)).substr(0, 19);
  out[10] = ' ';
  return out;
}

std::optional<TimeMs> read_alipay_time(std::string_view text) {
  if (text.size() != 19 || text[10] != ' ') return std::nullopt;
  std::string rfc(text);
  rfc[10] = 'T';
  return from_rfc3339(rfc + "+08:00");
}

AlipayCall AlipayGateway::read(const net::Request& request) const {
  auto params = parse_form(request.query);
  if (!params) return refused(invalid_parameter("parameter", "the query is not well encoded"));
  if (request.method == net::Method::post && !request.body.empty()) {
    if (!is_form(request.headers.find("Content-Type").value_or("")))
      return refused(invalid_parameter("content-type", "must be a form"));
    const auto body = parse_form(request.body);
    if (!body) return refused(invalid_parameter("parameter", "the form is not well encoded"));
    // The body can only be read in the charset that the URL names.
    if (!request.query.empty() && field_of(*params, "charset").empty())
      return refused(invalid_parameter("charset", "must stand in the URL when parameters do"));
    params->insert(params->end(), body->begin(), body->end());
  }
  return check(std::move(*params));
}

AlipayCall AlipayGateway::check(Fields params) const {
  AlipayCall call;
  call.params = std::move(params);
  call.method = call.param("method");
  call.app = keys_.app(call.param("app_id"));
  call.error = problem(call);
  call.authentic = !call.error;
  return call;
}

std::optional<AlipayError> AlipayGateway::problem(const AlipayCall& call) const {
  if (const auto twice = doubled(call.params); !twice.empty())
    return invalid_parameter("parameter", twice + " stands twice");
  for (const auto name : required_params)
    if (call.param(name).empty()) return missing_parameter(name);
  for (const auto& [name, value] : call.params) {
    if (std::ranges::find(known_params, name) == known_params.end())
      return invalid_parameter("parameter", name + " is not known");
    if (!is_valid_utf8(value)) return invalid_parameter("charset", name + " is not UTF-8");
  }
  if (!call.app) return invalid_parameter("app_id", "no such app");
  if (!net::equal_ignoring_case(call.param("charset"), "utf-8"))
    return invalid_parameter("charset", "must be utf-8");
  const std::string format = call.param("format");
  if (!format.empty() && format != "JSON") return invalid_parameter("format", "must be JSON");
  if (call.param("version") != "1.0") return invalid_parameter("version", "must be 1.0");
  if (call.param("sign_type") != "RSA2") return invalid_parameter("sign_type", "must be RSA2");
  if (auto error = time_problem(call)) return error;
  if (auto error = certificate_problem(call)) return error;
  return signature_problem(call);
}

std::optional<AlipayError> AlipayGateway::time_problem(const AlipayCall& call) const {
  const auto stamp = read_alipay_time(call.param("timestamp"));
  if (!stamp) return invalid_parameter("timestamp", "must be yyyy-MM-dd HH:mm:ss");
  const std::int64_t age_ms = clock_.now().ms - stamp->ms;
  if (age_ms > max_age_s * 1000 || age_ms < -max_age_s * 1000)
    return invalid_parameter("timestamp", "more than ten minutes off China's time");
  return std::nullopt;
}

std::optional<AlipayError> AlipayGateway::certificate_problem(const AlipayCall& call) const {
  const std::string own = call.param("app_cert_sn");
  const std::string root = call.param("alipay_root_cert_sn");
  if (!call.app->by_certificate) {
    if (own.empty() && root.empty()) return std::nullopt;
    return invalid_parameter("app_cert_sn", "the app is in public-key mode");
  }
  if (own.empty()) return missing_parameter("app_cert_sn");
  if (root.empty()) return missing_parameter("alipay_root_cert_sn");
  if (own != call.app->cert_sn) return invalid_parameter("app_cert_sn", "not the app's");
  if (root != keys_.root_cert_sn())
    return invalid_parameter("alipay_root_cert_sn", "not the root's");
  return std::nullopt;
}

std::optional<AlipayError> AlipayGateway::signature_problem(const AlipayCall& call) const {
  Fields signed_fields;
  for (const auto& field : call.params)
    if (field.first != "sign") signed_fields.push_back(field);
  const std::string text = sorted_text(signed_fields, false);
  const auto signature = base64_decode(call.param("sign"));
  if (signature && verify_sha256(call.app->key, text, *signature)) return std::nullopt;
  return AlipayError{
      "40002", "isv.invalid-signature",
      "验签出错, 建议检查签名字符串或签名私钥与应用公钥是否匹配, 网关生成的验签字符串为: " + text};
}

}  // namespace tollgate::sandbox
