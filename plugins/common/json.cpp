#include "common/json.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace tollgate::common {
namespace {

const rapidjson::Value& node(const void* value) {
  return *static_cast<const rapidjson::Value*>(value);
}

rapidjson::SizeType size_of(std::string_view text) {
  return static_cast<rapidjson::SizeType>(text.size());
}

/// RapidJSON's iterative parser grows its stack on the heap without a bound; this is the bound.
bool shallow(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > JsonDocument::max_depth) return false;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return true;
}

}  // namespace

bool JsonValue::is_object() const {
  return value_ && node(value_).IsObject();
}
bool JsonValue::is_array() const {
  return value_ && node(value_).IsArray();
}

JsonValue JsonValue::operator[](std::string_view name) const {
  if (!is_object()) return {};
  const rapidjson::Value key(rapidjson::StringRef(name.data(), size_of(name)));
  const auto found = node(value_).FindMember(key);
  return found == node(value_).MemberEnd() ? JsonValue() : JsonValue(&found->value);
}

std::size_t JsonValue::size() const {
  return is_array() ? node(value_).Size() : 0;
}

JsonValue JsonValue::at(std::size_t index) const {
  if (index >= size()) return {};
  return JsonValue(&node(value_)[static_cast<rapidjson::SizeType>(index)]);
}

std::vector<std::string> JsonValue::names() const {
  std::vector<std::string> names;
  if (!is_object()) return names;
  for (const auto& member : node(value_).GetObject())
    names.emplace_back(member.name.GetString(), member.name.GetStringLength());
  return names;
}

std::optional<std::string_view> JsonValue::text() const {
  if (!value_ || !node(value_).IsString()) return std::nullopt;
  return std::string_view(node(value_).GetString(), node(value_).GetStringLength());
}

std::optional<std::int64_t> JsonValue::integer() const {
  if (!value_ || !node(value_).IsInt64()) return std::nullopt;
  return node(value_).GetInt64();
}

struct JsonDocument::Impl {
  rapidjson::Document document;
};

JsonDocument::JsonDocument(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

std::optional<JsonDocument> JsonDocument::parse(std::string_view text) {
  if (text.empty() || text.size() > max_bytes || !shallow(text)) return std::nullopt;
  auto impl = std::make_unique<Impl>();
  constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  impl->document.Parse<flags>(text.data(), text.size());
  if (impl->document.HasParseError()) return std::nullopt;
  return JsonDocument(std::move(impl));
}

JsonValue JsonDocument::root() const {
  const rapidjson::Value& value = impl_->document;
  return JsonValue(&value);
}

struct JsonObjectWriter::Impl {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
  std::vector<bool> arrays;  // what is open inside of the object: arrays and objects
};

JsonObjectWriter::JsonObjectWriter() : impl_(std::make_unique<Impl>()) {
  impl_->writer.StartObject();
}
JsonObjectWriter::~JsonObjectWriter() = default;

JsonObjectWriter& JsonObjectWriter::text(std::string_view name, std::string_view value) {
  impl_->writer.Key(name.data(), size_of(name));
  impl_->writer.String(value.data(), size_of(value));
  return *this;
}

JsonObjectWriter& JsonObjectWriter::integer(std::string_view name, std::int64_t value) {
  impl_->writer.Key(name.data(), size_of(name));
  impl_->writer.Int64(value);
  return *this;
}

JsonObjectWriter& JsonObjectWriter::raw(std::string_view name, std::string_view json) {
  impl_->writer.Key(name.data(), size_of(name));
  impl_->writer.RawValue(json.data(), json.size(), rapidjson::kObjectType);
  return *this;
}

JsonObjectWriter& JsonObjectWriter::begin(std::string_view name) {
  impl_->writer.Key(name.data(), size_of(name));
  return begin_element();
}

JsonObjectWriter& JsonObjectWriter::begin_array(std::string_view name) {
  impl_->writer.Key(name.data(), size_of(name));
  impl_->writer.StartArray();
  impl_->arrays.push_back(true);
  return *this;
}

JsonObjectWriter& JsonObjectWriter::begin_element() {
  impl_->writer.StartObject();
  impl_->arrays.push_back(false);
  return *this;
}

JsonObjectWriter& JsonObjectWriter::end() {
  if (impl_->arrays.back())
    impl_->writer.EndArray();
  else
    impl_->writer.EndObject();
  impl_->arrays.pop_back();
  return *this;
}

std::string JsonObjectWriter::finish() {
  impl_->writer.EndObject();
  return {impl_->buffer.GetString(), impl_->buffer.GetSize()};
}

}  // namespace tollgate::common
