// Writes JSON text; RapidJSON stays behind the source file.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/strong_id.hpp"

namespace tollgate::json {

/// Appends one JSON value to a string. Keys and values must come in a valid order (asserted).
/// Text must be UTF-8; broken bytes are replaced by U+FFFD, so that output is always valid JSON.
class Writer {
 public:
  Writer();
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view name);

  Writer& text(std::string_view value);
  Writer& number(std::int64_t value);
  Writer& boolean(bool value);
  Writer& null();
  /// A complete JSON value made elsewhere.
  Writer& raw(std::string_view json);

  // One member of an object.
  Writer& field(std::string_view name, std::string_view value) { return key(name).text(value); }
  Writer& field(std::string_view name, const char* value) { return key(name).text(value); }
  Writer& field(std::string_view name, const std::string& value) { return key(name).text(value); }
  template <std::integral T>
  Writer& field(std::string_view name, T value) {
    key(name);
    if constexpr (std::same_as<T, bool>)
      return boolean(value);
    else
      return number(static_cast<std::int64_t>(value));
  }
  template <class Tag>
  Writer& field(std::string_view name, StrongId<Tag> id) {
    return key(name).text(id.str());
  }
  template <class T>
  Writer& field(std::string_view name, const std::optional<T>& value) {
    return value ? field(name, *value) : key(name).null();
  }
  Writer& raw_field(std::string_view name, std::string_view json) { return key(name).raw(json); }

  const std::string& str() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  struct Impl;
  std::string out_;
  std::unique_ptr<Impl> impl_;
};

/// A JSON string literal with its quotes.
std::string quote(std::string_view text);

}  // namespace tollgate::json
