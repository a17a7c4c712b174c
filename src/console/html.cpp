#include "console/html.hpp"

#include "base/utf8.hpp"

namespace tollgate::console {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

bool is_forbidden(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string repaired;
  if (!is_valid_utf8(text)) {
    repaired = repair_utf8(text);
    text = repaired;
  }
  std::string out;
  out.reserve(text.size());
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
        if (is_forbidden(c))
          out += replacement;
        else
          out += c;
    }
  }
  return out;
}

Html& Html::attribute(Markup name, std::string_view value) {
  append(" ").append(name.view()).append("=\"").append(escape_html(value));
  return append("\"");
}

}  // namespace tollgate::console
