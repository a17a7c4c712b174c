#include "api/params.hpp"

#include "api/context.hpp"
#include "base/utf8.hpp"
#include "net/request_head.hpp"

namespace tollgate::api {

Result<bool> parse_nothing(const net::Request& request) {
  if (request.body.empty()) return true;
  TOLLGATE_TRY(const json::Document document, parse_body(request));
  json::Errors errors;
  json::Object(document, errors).finish();
  if (!errors.empty()) return errors.take();
  return true;
}

Result<std::optional<std::string>> text_param(const net::Request& request, std::string_view name) {
  const auto encoded = net::encoded_query_param(request, name);
  if (!encoded) return std::optional<std::string>();
  auto text = net::percent_decode(*encoded, true);
  if (!text || !is_valid_utf8(*text))
    return invalid_field("/" + std::string(name), "must be percent-encoded UTF-8");
  return text;
}

}  // namespace tollgate::api
