// What a page makes of foreign text and of a channel's form.
#include "base/utf8.hpp"
#include "console/channel_form.hpp"
#include "console/html.hpp"
#include "console/web_address.hpp"
#include "fuzz.hpp"

namespace {

using namespace tollgate;

std::string unescaped(std::string_view html) {
  std::string out;
  while (!html.empty()) {
    if (html.front() != '&') {
      out += html.front();
      html.remove_prefix(1);
      continue;
    }
    const auto end = html.find(';');
    MUST(end != html.npos);
    const auto name = html.substr(1, end - 1);
    if (name == "amp")
      out += '&';
    else if (name == "lt")
      out += '<';
    else if (name == "gt")
      out += '>';
    else if (name == "quot")
      out += '"';
    else
      MUST(name == "#39"), out += '\'';
    html.remove_prefix(end + 1);
  }
  return out;
}

void check_escaped(std::string_view text) {
  const auto html = console::escape_html(text);
  MUST(is_valid_utf8(html));
  MUST(html.find_first_of("<>\"'") == html.npos);
  for (const char c : html)
    MUST(static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\n' || c == '\r');
  std::string wanted;
  for (const char c : repair_utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool forbidden = (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
    wanted += forbidden ? "\xEF\xBF\xBD" : std::string(1, c);
  }
  MUST(unescaped(html) == wanted);

  console::Html page;
  page.attribute("value", text).text(text);
  MUST(page.str() == " value=\"" + html + "\"" + html);
}

void check_form(const console::ChannelForm& form) {
  MUST(console::web_origin(form.action) == form.origin);
  MUST(form.origin.starts_with("http://") || form.origin.starts_with("https://"));
  MUST(form.origin.find_first_of(" ;,'\"<>\n") == form.origin.npos);
  MUST(form.fields.size() <= 100);
  for (const auto& field : form.fields)
    MUST(is_valid_utf8(field.name) && is_valid_utf8(field.value));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_escaped(text);
  if (const auto form = console::read_channel_form(text)) check_form(*form);
  if (const auto origin = console::web_origin(text)) {
    MUST(console::is_web_address(text));
    MUST(console::web_origin(*origin) == origin);
  }
  return 0;
}
