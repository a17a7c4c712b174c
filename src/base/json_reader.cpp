#include "base/json_reader.hpp"

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>
#include <unordered_set>

#include "base/utf8.hpp"

namespace tollgate::json {
namespace {

using rapidjson::Value;

const Value& as_value(const void* value) {
  return *static_cast<const Value*>(value);
}
std::string_view view(const Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

std::string escape_pointer(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

std::string compact(const Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

Error malformed(std::string pointer, std::string detail) {
  Error error(Errc::malformed_request, detail);
  error.fields.push_back({std::move(pointer), std::move(detail)});
  return error;
}

/// Depth is counted on the text, before anything recursive sees the value.
bool deeper_than(std::string_view text, int limit) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > limit) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

/// RapidJSON takes the escape of a low surrogate without its high one, and makes no UTF-8 of it.
bool is_unicode(const Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer, rapidjson::UTF8<>, rapidjson::UTF8<>,
                    rapidjson::CrtAllocator, rapidjson::kWriteValidateEncodingFlag>
      writer(buffer);
  return value.Accept(writer);
}

/// The names that an object has had so far. Few are sooner compared than hashed.
class Names {
 public:
  /// False where it was there.
  bool insert(std::string_view name) {
    if (count_ == few_.size()) return insert_in_many(name);
    const auto end = few_.begin() + static_cast<std::ptrdiff_t>(count_);
    if (std::find(few_.begin(), end, name) != end) return false;
    few_[count_++] = name;
    return true;
  }

 private:
  bool insert_in_many(std::string_view name) {
    if (many_.empty()) many_.insert(few_.begin(), few_.end());
    return many_.insert(name).second;
  }

  std::array<std::string_view, 16> few_;
  std::size_t count_ = 0;
  std::unordered_set<std::string_view> many_;
};

/// The pointer of the first key that an object holds twice.
std::optional<std::string> duplicate_key(const Value& value) {
  if (value.IsObject()) {
    Names seen;
    for (const auto& member : value.GetObject()) {
      if (!seen.insert(view(member.name))) return "/" + escape_pointer(view(member.name));
      if (auto inner = duplicate_key(member.value))
        return "/" + escape_pointer(view(member.name)) + *inner;
    }
  } else if (value.IsArray()) {
    for (rapidjson::SizeType i = 0; i < value.Size(); ++i)
      if (auto inner = duplicate_key(value[i])) return "/" + std::to_string(i) + *inner;
  }
  return std::nullopt;
}

std::string too_long(std::size_t max) {
  return "must have at most " + std::to_string(max) + " characters";
}

}  // namespace

struct Document::Impl {
  using Pool = rapidjson::MemoryPoolAllocator<>;

  /// Of the document itself: a body of usual size needs no more, where RapidJSON would take 64 KiB
  /// for each.
  alignas(std::max_align_t) std::array<char, 6 * 1'024> first;
  Pool pool{first.data(), first.size(), chunk_bytes};
  rapidjson::GenericDocument<rapidjson::UTF8<>, Pool, Pool> document{&pool, stack_bytes, &pool};

  /// The texts of the document stay where they are in a copy of `text`.
  template <unsigned Flags>
  void parse(std::string_view text) {
    auto* const copy = static_cast<char*>(pool.Malloc(text.size() + 1));
    if (!copy) throw std::bad_alloc();
    text.copy(copy, text.size());
    copy[text.size()] = '\0';
    document.ParseInsitu<Flags>(copy);
  }

  static constexpr std::size_t stack_bytes = 1'024;
  static constexpr std::size_t chunk_bytes = 16 * 1'024;
};

Document::Document(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Result<Document> Document::parse(std::string_view text, bool allow_comments) {
  using namespace rapidjson;
  if (const auto nul = text.find('\0'); nul != text.npos)
    return malformed("", "holds a NUL (at byte " + std::to_string(nul) + ")");
  if (deeper_than(text, max_depth))
    return malformed("", "nested deeper than " + std::to_string(max_depth) + " levels");
  if (!is_valid_utf8(text)) return malformed("", "is not UTF-8");
  auto impl = std::make_unique_for_overwrite<Impl>();
  // The encoding and the depth are checked above: RapidJSON's own check costs half of its parsing,
  // its iterative parser a fifth.
  constexpr unsigned strict = kParseNoFlags;
  if (allow_comments)
    impl->parse<strict | kParseCommentsFlag | kParseTrailingCommasFlag>(text);
  else
    impl->parse<strict>(text);
  if (impl->document.HasParseError())
    return malformed("", std::string(GetParseError_En(impl->document.GetParseError())) +
                             " (at byte " + std::to_string(impl->document.GetErrorOffset()) + ")");
  if (text.find("\\u") != text.npos && !is_unicode(impl->document))
    return malformed("", "holds half of a surrogate pair");
  if (auto pointer = duplicate_key(impl->document))
    return malformed(std::move(*pointer), "the key stands twice in one object");
  return Document(std::move(impl));
}

bool Document::is_object() const {
  return impl_->document.IsObject();
}
std::string Document::dump() const {
  return compact(impl_->document);
}

Error Errors::take() {
  Error error(Errc::invalid_request);
  error.fields = std::move(list_);
  return error;
}

Object::Object(const Document& document, Errors& errors)
    : value_(document.is_object() ? &document.impl_->document : nullptr), errors_(&errors) {
  if (!value_) errors.add("", "must be an object");
}

Object::Object(const void* value, std::string pointer, Errors* errors)
    : value_(value), pointer_(std::move(pointer)), errors_(errors) {}

bool Object::has(std::string_view name) const {
  return value_ &&
         as_value(value_).HasMember(Value(rapidjson::StringRef(name.data(), name.size())));
}

std::string Object::pointer(std::string_view name) const {
  return name.empty() ? pointer_ : pointer_ + "/" + escape_pointer(name);
}

const void* Object::find(std::string_view name) {
  known_.emplace_back(name);
  if (!value_) return nullptr;
  const auto& value = as_value(value_);
  const auto at = value.FindMember(Value(rapidjson::StringRef(name.data(), name.size())));
  return at == value.MemberEnd() ? nullptr : &at->value;
}

std::string Object::checked_text(const void* value, const std::string& at, const TextRule& rule) {
  if (!as_value(value).IsString()) return errors_->add(at, "must be a string"), "";
  const std::string_view text = view(as_value(value));
  const std::size_t length = utf8_length(text);
  if (length < rule.min)
    errors_->add(at, rule.min == 1
                         ? "must not be empty"
                         : "must have at least " + std::to_string(rule.min) + " characters");
  else if (length > rule.max)
    errors_->add(at, too_long(rule.max));
  else if (!rule.control_characters && has_control_characters(text))
    errors_->add(at, "must hold no control characters");
  else
    return std::string(text);
  return "";
}

std::int64_t Object::checked_integer(const void* value, const std::string& at,
                                     const IntRule& rule) {
  const auto& number = as_value(value);
  if (!number.IsInt64()) {
    const bool huge = number.IsUint64() || (number.IsDouble() && number.GetDouble() >= 9.2e18);
    errors_->add(at, huge ? "is too large" : "must be an integer");
  } else if (number.GetInt64() < rule.min) {
    errors_->add(at, "must be at least " + std::to_string(rule.min));
  } else if (number.GetInt64() > rule.max) {
    errors_->add(at, "must be at most " + std::to_string(rule.max));
  } else {
    return number.GetInt64();
  }
  return std::max<std::int64_t>(rule.min, 0);
}

std::string Object::text(std::string_view name, TextRule rule) {
  const void* value = find(name);
  if (value) return checked_text(value, pointer(name), rule);
  if (value_) errors_->add(pointer(name), "is missing");
  return "";
}

std::optional<std::string> Object::optional_text(std::string_view name, TextRule rule) {
  const void* value = find(name);
  if (!value || as_value(value).IsNull()) return std::nullopt;
  return checked_text(value, pointer(name), rule);
}

std::int64_t Object::integer(std::string_view name, IntRule rule) {
  const void* value = find(name);
  if (value) return checked_integer(value, pointer(name), rule);
  if (value_) errors_->add(pointer(name), "is missing");
  return std::max<std::int64_t>(rule.min, 0);
}

std::optional<std::int64_t> Object::optional_integer(std::string_view name, IntRule rule) {
  const void* value = find(name);
  if (!value || as_value(value).IsNull()) return std::nullopt;
  return checked_integer(value, pointer(name), rule);
}

std::optional<bool> Object::optional_boolean(std::string_view name) {
  const void* value = find(name);
  if (!value || as_value(value).IsNull()) return std::nullopt;
  if (!as_value(value).IsBool()) errors_->add(pointer(name), "must be true or false");
  return as_value(value).IsTrue();
}

void Object::objects(std::string_view name, std::size_t min, std::size_t max,
                     const std::function<void(Object&)>& each) {
  const void* found = find(name);
  if (!found) {
    if (min > 0 && value_) errors_->add(pointer(name), "is missing");
    return;
  }
  const auto& array = as_value(found);
  if (!array.IsArray()) return errors_->add(pointer(name), "must be an array");
  if (array.Size() < min || array.Size() > max)
    return errors_->add(pointer(name), "must have " + std::to_string(min) + " to " +
                                           std::to_string(max) + " elements");
  for (rapidjson::SizeType i = 0; i < array.Size(); ++i) {
    const std::string at = pointer(name) + "/" + std::to_string(i);
    if (!array[i].IsObject()) {
      errors_->add(at, "must be an object");
      continue;
    }
    Object element(&array[i], at, errors_);
    each(element);
  }
}

std::vector<std::string> Object::texts(std::string_view name, std::size_t min, std::size_t max,
                                       TextRule rule) {
  std::vector<std::string> out;
  const void* found = find(name);
  if (!found) {
    if (min > 0 && value_) errors_->add(pointer(name), "is missing");
    return out;
  }
  const auto& array = as_value(found);
  if (!array.IsArray() || array.Size() < min || array.Size() > max) {
    errors_->add(pointer(name), "must be an array of " + std::to_string(min) + " to " +
                                    std::to_string(max) + " strings");
    return out;
  }
  for (rapidjson::SizeType i = 0; i < array.Size(); ++i)
    out.push_back(checked_text(&array[i], pointer(name) + "/" + std::to_string(i), rule));
  return out;
}

std::vector<std::int64_t> Object::integers(std::string_view name, IntRule rule) {
  std::vector<std::int64_t> out;
  const void* found = find(name);
  if (!found) return out;
  const auto& array = as_value(found);
  if (!array.IsArray() || array.Empty() || array.Size() > 100) {
    errors_->add(pointer(name), "must be an array of 1 to 100 integers");
    return out;
  }
  for (rapidjson::SizeType i = 0; i < array.Size(); ++i)
    out.push_back(checked_integer(&array[i], pointer(name) + "/" + std::to_string(i), rule));
  return out;
}

std::optional<Object> Object::optional_object(std::string_view name) {
  const void* found = find(name);
  if (!found || as_value(found).IsNull()) return std::nullopt;
  if (!as_value(found).IsObject()) {
    errors_->add(pointer(name), "must be an object");
    return std::nullopt;
  }
  return Object(found, pointer(name), errors_);
}

std::string Object::flat_texts(std::string_view name, std::size_t max, TextRule rule) {
  const void* found = find(name);
  if (!found || as_value(found).IsNull()) return "{}";
  const auto& object = as_value(found);
  if (!object.IsObject()) return errors_->add(pointer(name), "must be an object"), "{}";
  if (object.MemberCount() > max) {
    errors_->add(pointer(name), "must have at most " + std::to_string(max) + " members");
    return "{}";
  }
  for (const auto& member : object.GetObject()) {
    const std::string at = pointer(name) + "/" + escape_pointer(view(member.name));
    if (view(member.name).empty() || utf8_length(view(member.name)) > 64)
      errors_->add(at, "the name must have 1 to 64 characters");
    checked_text(&member.value, at, rule);
  }
  return compact(object);
}

std::optional<std::string> Object::raw(std::string_view name) {
  const void* found = find(name);
  if (!found) return std::nullopt;
  return compact(as_value(found));
}

std::vector<std::string> Object::names() const {
  std::vector<std::string> out;
  if (value_)
    for (const auto& member : as_value(value_).GetObject()) out.emplace_back(view(member.name));
  return out;
}

void Object::finish() {
  for (const auto& name : names())
    if (std::ranges::find(known_, name) == known_.end())
      errors_->add(pointer(name), "is not a known field");
}

}  // namespace tollgate::json
