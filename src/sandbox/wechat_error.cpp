#include "sandbox/wechat_error.hpp"

#include "base/json_writer.hpp"
#include "base/utf8.hpp"

namespace tollgate::sandbox {
namespace {
constexpr std::size_t shown_characters = 300;
}

std::string WechatError::body() const {
  json::Writer out;
  out.begin_object().field("code", code).field("message", message);
  if (!field.empty() || !issue.empty()) {
    out.key("detail").begin_object().field("field", field).field("location", location);
    if (sign_message.empty()) {
      out.field("issue", issue);
    } else {
      out.key("detail").begin_object().field("issue", issue).end_object();
      out.key("sign_information")
          .begin_object()
          .field("sign_message_length", sign_message.size())
          .field("truncated_sign_message", utf8_prefix(repair_utf8(sign_message), shown_characters))
          .end_object();
    }
    out.end_object();
  }
  return out.end_object().take();
}

WechatError sign_error(std::string issue, std::string field) {
  WechatError error;
  error.status = 401;
  error.code = "SIGN_ERROR";
  error.message = "签名错误，请检查后再试: " + issue;
  error.field = std::move(field);
  error.issue = std::move(issue);
  error.location = "authorization";
  return error;
}

WechatError param_error(std::string field, std::string issue, std::string location) {
  WechatError error;
  error.code = "PARAM_ERROR";
  error.message = "参数错误: " + (field.empty() ? location : field) + " " + issue;
  error.field = std::move(field);
  error.issue = std::move(issue);
  error.location = std::move(location);
  return error;
}

}  // namespace tollgate::sandbox
