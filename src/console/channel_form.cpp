#include "console/channel_form.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/utf8.hpp"
#include "console/web_address.hpp"

namespace tollgate::console {
namespace {

constexpr std::size_t max_html = 64 * 1024;
constexpr std::size_t max_fields = 100;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return lower(c); });
  return out;
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6)), tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | (code >> 12)), tail(6), tail(0);
  } else {
    out += static_cast<char>(0xf0 | (code >> 18)), tail(12), tail(6), tail(0);
  }
}

// The reference between '&' and ';'; false where it is none that we know.
bool append_reference(std::string& out, std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, char>, 5> named{
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
  for (const auto& [known, c] : named) {
    if (known != name) continue;
    out += c;
    return true;
  }
  if (!name.starts_with('#')) return false;
  name.remove_prefix(1);
  const bool hex = name.starts_with('x') || name.starts_with('X');
  if (hex) name.remove_prefix(1);
  std::uint32_t code = 0;
  const auto [end, status] =
      std::from_chars(name.data(), name.data() + name.size(), code, hex ? 16 : 10);
  const bool whole = !name.empty() && status == std::errc() && end == name.data() + name.size();
  if (!whole || code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
  append_utf8(out, code);
  return true;
}

std::string unescape(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t start = std::min(text.find('&'), text.size());
    out.append(text.substr(0, start));
    text.remove_prefix(start);
    if (text.empty()) break;
    const std::size_t end = text.find(';');
    if (end != std::string_view::npos && append_reference(out, text.substr(1, end - 1))) {
      text.remove_prefix(end + 1);
    } else {
      out += '&';
      text.remove_prefix(1);
    }
  }
  return out;
}

struct Tag {
  std::string name;  // in lower case; "/form" for a closing one
  std::vector<FormField> attributes;

  const std::string* find(std::string_view wanted) const {
    const auto at = std::ranges::find(attributes, wanted, &FormField::name);
    return at == attributes.end() ? nullptr : &at->value;
  }
};

// Walks over the tags of a text; what stands between them is passed over.
class Tags {
 public:
  explicit Tags(std::string_view html) : rest_(html) {}

  std::optional<Tag> next() {
    const std::size_t start = rest_.find('<');
    if (start == std::string_view::npos) return std::nullopt;
    rest_.remove_prefix(start + 1);
    Tag tag{.name = lower(word()), .attributes = {}};
    while (skip_space(), !rest_.empty() && rest_.front() != '>') attribute(tag);
    return tag;
  }

 private:
  void skip_space() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  }

  std::string_view until(auto&& ends) {
    std::size_t size = 0;
    while (size < rest_.size() && !ends(rest_[size])) ++size;
    const std::string_view out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }

  std::string_view word() {
    return until([](char c) { return is_space(c) || c == '>' || c == '='; });
  }

  void attribute(Tag& tag) {
    FormField field{.name = lower(word()), .value = {}};
    skip_space();
    if (rest_.starts_with('=')) {
      rest_.remove_prefix(1);
      skip_space();
      field.value = unescape(value());
    }
    if (tag.find(field.name) == nullptr) tag.attributes.push_back(std::move(field));
  }

  std::string_view value() {
    const char quote = rest_.empty() ? '\0' : rest_.front();
    if (quote != '"' && quote != '\'') {
      return until([](char c) { return is_space(c) || c == '>'; });
    }
    rest_.remove_prefix(1);
    const std::string_view out = until([quote](char c) { return c == quote; });
    if (!rest_.empty()) rest_.remove_prefix(1);
    return out;
  }

  std::string_view rest_;
};

}  // namespace

std::optional<ChannelForm> read_channel_form(std::string_view html) {
  if (html.size() > max_html || !is_valid_utf8(html)) return std::nullopt;
  Tags tags(html);
  std::optional<Tag> tag = tags.next();
  while (tag && tag->name != "form") tag = tags.next();
  const std::string* action = tag ? tag->find("action") : nullptr;
  const auto origin = action == nullptr ? std::nullopt : web_origin(*action);
  if (!origin) return std::nullopt;

  ChannelForm form{.action = *action, .origin = *origin, .post = false, .fields = {}};
  if (const std::string* method = tag->find("method")) form.post = lower(*method) == "post";
  for (tag = tags.next(); tag && tag->name != "/form"; tag = tags.next()) {
    const std::string* name = tag->name == "input" ? tag->find("name") : nullptr;
    if (name == nullptr) continue;
    if (form.fields.size() == max_fields) return std::nullopt;
    const std::string* value = tag->find("value");
    form.fields.push_back({*name, value == nullptr ? std::string() : *value});
  }
  return form;
}

}  // namespace tollgate::console
