#include "bodies.hpp"

#include <algorithm>

#include "base/json_reader.hpp"
#include "base/utf8.hpp"

namespace tollgate::fuzz {
namespace {

/// RFC 6901: empty, or "/" first, and "~" only in "~0" and "~1".
bool is_pointer(std::string_view text) {
  if (!text.empty() && text.front() != '/') return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1')))
      return false;
  return is_valid_utf8(text);
}

/// A digit before a point or an exponent, in whatever place.
bool has_fraction(std::string_view json) {
  for (std::size_t i = 1; i < json.size(); ++i)
    if (json[i - 1] >= '0' && json[i - 1] <= '9' &&
        (json[i] == '.' || json[i] == 'e' || json[i] == 'E'))
      return true;
  return false;
}

}  // namespace

net::Request post(std::string_view body) {
  net::Request request;
  request.method = net::Method::post;
  request.headers.add("content-type", "application/json");
  request.body = body;
  request.params = {"7214983217463296001"};
  return request;
}

void check_refusal(const Error& error) {
  const int status = http_status(error.code);
  MUST(status == 400 || status == 422);
  MUST(!error.fields.empty());
  MUST(error.fields.size() <= 50);
  for (const auto& field : error.fields) {
    MUST(is_pointer(field.pointer));
    MUST(!field.detail.empty() && is_valid_utf8(field.detail));
  }
  const auto response = api::problem(error, "fuzz");
  MUST(response.status == status);
  check_output(response.body);
}

void check_output(std::string_view json) {
  MUST(is_valid_utf8(json));
  const auto document = json::Document::parse(json);
  MUST(document.has_value());
  if (!has_fraction(json)) MUST(document->dump() == json);
}

bool is_text_of(std::string_view text, std::size_t min, std::size_t max) {
  return is_valid_utf8(text) && utf8_length(text) >= min && utf8_length(text) <= max;
}

}  // namespace tollgate::fuzz
