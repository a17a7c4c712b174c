// HTML text in which nothing foreign can become markup.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::console {

/// Text with &, <, >, ", ' replaced by references: safe between tags and inside quoted attributes.
/// Control characters that HTML forbids and broken UTF-8 become U+FFFD.
std::string escape_html(std::string_view text);

/// Markup that stands in the source code: can only be made from a constant.
class Markup {
 public:
  template <std::size_t size>
  consteval Markup(const char (&text)[size])
      : text_(text, size - 1) {}                            // NOLINT(google-explicit-constructor)
  consteval Markup(std::string_view text) : text_(text) {}  // NOLINT(google-explicit-constructor)
  constexpr std::string_view view() const { return text_; }

 private:
  std::string_view text_;
};

/// Puts a page together. Whatever is known only at run time is escaped.
class Html {
 public:
  Html& raw(Markup markup) { return append(markup.view()); }
  Html& html(const Html& part) { return append(part.out_); }
  Html& text(std::string_view text) { return append(escape_html(text)); }
  Html& number(std::int64_t value) { return append(std::to_string(value)); }
  /// ` name="value"`.
  Html& attribute(Markup name, std::string_view value);

  bool empty() const { return out_.empty(); }
  const std::string& str() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  Html& append(std::string_view text) {
    out_.append(text);
    return *this;
  }
  std::string out_;
};

}  // namespace tollgate::console
