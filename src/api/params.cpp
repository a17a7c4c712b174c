#include "api/params.hpp"

#include <charconv>

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

Result<std::optional<std::int64_t>> number_param(const net::Request& request, std::string_view name,
                                                 std::int64_t least, std::int64_t most) {
  TOLLGATE_TRY(const auto text, text_param(request, name));
  if (!text) return std::optional<std::int64_t>();
  std::int64_t number = 0;
  const char* const last = text->data() + text->size();
  const auto [end, code] = std::from_chars(text->data(), last, number);
  if (code == std::errc() && end == last && number >= least && number <= most)
    return std::optional<std::int64_t>(number);
  return invalid_field("/" + std::string(name), "must be a number from " + std::to_string(least) +
                                                    " to " + std::to_string(most));
}

}  // namespace tollgate::api
