// Reads JSON from outside: strict, bounded, and every complaint names its place.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace tollgate::json {

/// Nesting deeper than this is refused (depth bomb).
inline constexpr int max_depth = 32;

class Object;

/// A parsed text. Views handed out live as long as it.
class Document {
 public:
  /// Strict JSON in UTF-8 without duplicate keys. `allow_comments` is for configuration files.
  /// Error: malformed_request with what and where (byte offset, or pointer of the duplicate key).
  static Result<Document> parse(std::string_view text, bool allow_comments = false);

  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  bool is_object() const;
  /// The document written again without spaces. Integers keep their value; of a fraction or an
  /// exponent the last digit may change.
  std::string dump() const;

 private:
  friend class Object;
  struct Impl;
  explicit Document(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct TextRule {
  std::size_t min = 1;    ///< Code points.
  std::size_t max = 255;  ///< Code points.
  bool control_characters = false;
};

struct IntRule {
  std::int64_t min = INT64_MIN;
  std::int64_t max = INT64_MAX;
};

/// Collects what is wrong over a whole body, so that the caller hears of everything at once.
class Errors {
 public:
  void add(std::string pointer, std::string detail) {
    if (list_.size() < 50) list_.push_back({std::move(pointer), std::move(detail)});
  }
  bool empty() const { return list_.empty(); }
  /// invalid_request with the list.
  Error take();

 private:
  std::vector<FieldError> list_;
};

/// Reads the members of one object; each read marks the member as known, and `finish()` complains
/// of members that nobody asked for. A wrong or missing value adds an error and yields a default.
class Object {
 public:
  /// The document's root; complains where it is no object.
  Object(const Document& document, Errors& errors);

  bool has(std::string_view name) const;
  /// JSON pointer of a member, for complaints of one's own.
  std::string pointer(std::string_view name = {}) const;
  Errors& errors() const { return *errors_; }

  std::string text(std::string_view name, TextRule rule = {});
  std::optional<std::string> optional_text(std::string_view name, TextRule rule = {});
  std::int64_t integer(std::string_view name, IntRule rule = {});
  std::optional<std::int64_t> optional_integer(std::string_view name, IntRule rule = {});
  std::optional<bool> optional_boolean(std::string_view name);

  /// Calls `each` for every element, which must be objects. Missing counts as empty unless min > 0.
  void objects(std::string_view name, std::size_t min, std::size_t max,
               const std::function<void(Object&)>& each);
  std::vector<std::string> texts(std::string_view name, std::size_t min, std::size_t max,
                                 TextRule rule = {});
  std::vector<std::int64_t> integers(std::string_view name, IntRule rule);
  /// A member object; nothing when it is missing (a complaint when it is no object).
  std::optional<Object> optional_object(std::string_view name);
  /// A flat object of texts (metadata): at most `max` members. Returned as compact JSON, "{}" if
  /// missing.
  std::string flat_texts(std::string_view name, std::size_t max, TextRule rule);
  /// Any value, as compact JSON; nothing when missing.
  std::optional<std::string> raw(std::string_view name);
  /// Names of all members, in order.
  std::vector<std::string> names() const;

  /// Complains of members that were not asked for.
  void finish();

 private:
  Object(const void* value, std::string pointer, Errors* errors);
  const void* find(std::string_view name);
  std::string checked_text(const void* value, const std::string& at, const TextRule& rule);
  std::int64_t checked_integer(const void* value, const std::string& at, const IntRule& rule);

  const void* value_;  // rapidjson::Value, nullptr where the input was no object
  std::string pointer_;
  Errors* errors_;
  std::vector<std::string> known_;
};

}  // namespace tollgate::json
