#include "alipay/account.hpp"

#include "common/encoding.hpp"
#include "common/time.hpp"

namespace tollgate::alipay {

common::Form Account::parameters(std::string_view method, std::string biz_content,
                                 std::int64_t now_ms, std::string_view notify_url,
                                 std::string_view return_url) const {
  common::Form form{{"app_id", signer.app_id}, {"method", std::string(method)},
                    {"format", "JSON"},        {"charset", "utf-8"},
                    {"sign_type", "RSA2"},     {"timestamp", common::format_beijing(now_ms)},
                    {"version", "1.0"},        {"biz_content", std::move(biz_content)}};
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) form.emplace(name, value);
  };
  add("notify_url", notify_url);
  add("return_url", return_url);
  add("app_cert_sn", signer.app_cert_sn);
  add("alipay_root_cert_sn", signer.root_cert_sn);
  signer.sign(form);
  return form;
}

std::string call_url(const Account& account, common::Form parameters) {
  parameters.erase("biz_content");
  return account.gateway + "?" + common::encode_form(parameters);
}

sdk::Request call(const Account& account, const common::Form& parameters, bool resend_safe) {
  sdk::Request request;
  request.method = "POST";
  request.url = call_url(account, parameters);
  request.headers.push_back({"Accept", "application/json"});
  request.headers.push_back({"Content-Type", "application/x-www-form-urlencoded;charset=utf-8"});
  request.body = "biz_content=" + common::url_encode(parameters.at("biz_content"));
  request.resend_safe = resend_safe;
  return request;
}

}  // namespace tollgate::alipay
