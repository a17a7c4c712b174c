#include "common/form.hpp"

#include "common/encoding.hpp"

namespace tollgate::common {
namespace {

constexpr std::size_t max_pairs = 200;

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::optional<std::string> decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? digit_of(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? digit_of(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

void escape_into(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
}

}  // namespace

std::optional<Form> parse_form(std::string_view body) {
  Form form;
  if (body.empty()) return form;
  for (std::size_t pairs = 0;; ++pairs) {
    const auto end = body.find('&');
    const auto pair = body.substr(0, end);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || pairs == max_pairs) return std::nullopt;
    auto name = decode(pair.substr(0, equals));
    auto value = decode(pair.substr(equals + 1));
    if (!name || name->empty() || !value) return std::nullopt;
    if (!form.emplace(*std::move(name), *std::move(value)).second) return std::nullopt;
    if (end == std::string_view::npos) return form;
    body.remove_prefix(end + 1);
  }
}

std::string write_form(const Form& form) {
  std::string body;
  for (const auto& [name, value] : form)
    body += (body.empty() ? "" : "&") + url_encode(name) + "=" + url_encode(value);
  return body;
}

std::string posting_page(std::string_view action, const Form& form) {
  std::string page = "<form id=\"pay\" method=\"post\" accept-charset=\"utf-8\" action=\"";
  escape_into(page, action);
  page += "\">";
  for (const auto& [name, value] : form) {
    page += "<input type=\"hidden\" name=\"";
    escape_into(page, name);
    page += "\" value=\"";
    escape_into(page, value);
    page += "\">";
  }
  return page + "</form><script>document.getElementById(\"pay\").submit();</script>";
}

}  // namespace tollgate::common
