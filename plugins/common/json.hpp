// JSON from and to a channel. What comes from outside is untrusted: parsing is bounded in
// size and depth, and asking for what is not there, or is of another type, answers "nothing" and
// never throws.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::common {

/// A borrowed place in a JsonDocument; lives as long as it. May be missing.
class JsonValue {
 public:
  JsonValue() = default;

  explicit operator bool() const { return value_ != nullptr; }
  bool is_object() const;
  bool is_array() const;
  /// A member; missing where this is no object or has none of that name.
  JsonValue operator[](std::string_view name) const;
  /// Elements of an array, 0 for all else.
  std::size_t size() const;
  JsonValue at(std::size_t index) const;
  /// Names of an object's members, in order.
  std::vector<std::string> names() const;

  std::optional<std::string_view> text() const;
  /// The text, or "" where there is none.
  std::string_view text_or_empty() const { return text().value_or(std::string_view()); }
  /// A whole number that fits; nothing for 1.0 or "1".
  std::optional<std::int64_t> integer() const;

 private:
  friend class JsonDocument;
  explicit JsonValue(const void* value) : value_(value) {}
  const void* value_ = nullptr;  // rapidjson::Value
};

class JsonDocument {
 public:
  static constexpr int max_depth = 32;
  static constexpr std::size_t max_bytes = 4 * 1024 * 1024;

  /// Strict JSON in UTF-8 within the bounds above; nothing for all else.
  static std::optional<JsonDocument> parse(std::string_view text);

  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();
  JsonValue root() const;

 private:
  struct Impl;
  explicit JsonDocument(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// A member of an object as it stands in the text: what is signed byte by byte.
struct RawMember {
  std::string name;       ///< Decoded.
  std::string_view text;  ///< The value's bytes, without white space around them.
};

/// The members of the object that `text` is, in order, repeated names too. The views point into
/// `text`. Nothing where JsonDocument::parse gives nothing, or the root is no object.
std::optional<std::vector<RawMember>> raw_members(std::string_view text);

/// Writes an object without spaces, members in the order of the calls.
class JsonObjectWriter {
 public:
  JsonObjectWriter();
  ~JsonObjectWriter();
  JsonObjectWriter& text(std::string_view name, std::string_view value);
  JsonObjectWriter& integer(std::string_view name, std::int64_t value);
  /// `json` is one JSON value in text, written as it is.
  JsonObjectWriter& raw(std::string_view name, std::string_view json);
  JsonObjectWriter& begin(std::string_view name);        ///< A member object …
  JsonObjectWriter& begin_array(std::string_view name);  ///< … or array …
  JsonObjectWriter& begin_element();                     ///< … or object of an array …
  JsonObjectWriter& end();                               ///< … ends here.
  /// Ends the object and takes the text; to be called once.
  std::string finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tollgate::common
