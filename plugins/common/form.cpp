#include "common/form.hpp"

#include <algorithm>

#include "common/encoding.hpp"

namespace tollgate::common {
namespace {

constexpr std::size_t max_name_bytes = 64;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::optional<std::string> decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c <= ' ' || c > '~') return std::nullopt;
    if (c == '+') {
      out += ' ';
    } else if (c != '%') {
      out += c;
    } else {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
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

std::optional<Form> parse_form(std::string_view body, std::size_t max_fields) {
  Form form;
  while (true) {
    const auto pair = body.substr(0, body.find('&'));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || form.size() == max_fields) return std::nullopt;
    auto name = decode(pair.substr(0, equals));
    auto value = decode(pair.substr(equals + 1));
    if (!name || !value || !is_token(*name, max_name_bytes, "_.-")) return std::nullopt;
    if (!form.emplace(*std::move(name), *std::move(value)).second) return std::nullopt;
    if (pair.size() == body.size()) return form;
    body.remove_prefix(pair.size() + 1);
  }
}

std::string encode_form(const Form& form) {
  std::string text;
  for (const auto& [name, value] : form) {
    if (!text.empty()) text += '&';
    text += url_encode(name) + "=" + url_encode(value);
  }
  return text;
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
