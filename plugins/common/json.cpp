#include "common/json.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <new>
#include <stdexcept>

#include "common/encoding.hpp"

namespace tollgate::common {
namespace {

/// UTF-8 of which RapidJSON takes all up to the next quote, escape or control character at once.
struct PlainText : rapidjson::UTF8<> {};
constexpr std::size_t plain_step = sizeof(std::uint64_t);

bool is_plain(char c) {
  return c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20;
}

/// True where eight bytes are plain; not always where they are.
bool are_plain(std::uint64_t eight) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  const auto has_less = [](std::uint64_t bytes, std::uint64_t than) {
    return (bytes - ones * than) & ~bytes & (ones * 0x80);
  };
  return (has_less(eight, 0x20) | has_less(eight ^ (ones * '"'), 1) |
          has_less(eight ^ (ones * '\\'), 1)) == 0;
}

/// Of a text with `plain_step` NULs at its end.
std::size_t plain_bytes(const char* text) {
  const char* at = text;
  for (std::uint64_t eight = 0;; at += plain_step) {
    std::memcpy(&eight, at, plain_step);
    if (!are_plain(eight)) break;
  }
  while (is_plain(*at)) ++at;
  return static_cast<std::size_t>(at - text);
}

}  // namespace
}  // namespace tollgate::common

template <>
struct rapidjson::Transcoder<tollgate::common::PlainText, tollgate::common::PlainText>
    : rapidjson::Transcoder<rapidjson::UTF8<>, rapidjson::UTF8<>> {
  using rapidjson::Transcoder<rapidjson::UTF8<>, rapidjson::UTF8<>>::Transcode;
  /// The text is read and written in one place.
  static bool Transcode(InsituStringStream& text, InsituStringStream&) {
    const std::size_t count = tollgate::common::plain_bytes(text.src_);
    if (text.dst_ != text.src_) std::memmove(text.dst_, text.src_, count);
    text.src_ += count;
    text.dst_ += count;
    return true;
  }
};

namespace tollgate::common {
namespace {

using Pool = rapidjson::MemoryPoolAllocator<>;
constexpr std::size_t chunk_bytes = 16 * 1'024;  // what a pool takes beyond its first memory

const rapidjson::Value& node(const void* value) {
  return *static_cast<const rapidjson::Value*>(value);
}

rapidjson::SizeType size_of(std::string_view text) {
  return static_cast<rapidjson::SizeType>(text.size());
}

/// RapidJSON takes the escape of a low surrogate without its high one, and makes no UTF-8 of it.
bool is_unicode(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer, rapidjson::UTF8<>, rapidjson::UTF8<>,
                    rapidjson::CrtAllocator, rapidjson::kWriteValidateEncodingFlag>
      writer(buffer);
  return value.Accept(writer);
}

/// Goes through a text that is known to be sound JSON.
class Walker {
 public:
  explicit Walker(std::string_view text) : text_(text) {}

  void take(char expected) {
    skip_space();
    if (text_.at(at_) != expected) throw std::logic_error("the text is no sound JSON");
    ++at_;
  }

  std::string_view value() {
    skip_space();
    const std::size_t start = at_;
    int depth = 0;
    do {
      const char c = text_.at(at_);
      if (c == '"') {
        skip_string();
      } else if (c == '{' || c == '[') {
        ++depth, ++at_;
      } else if (c == '}' || c == ']') {
        --depth, ++at_;
      } else if (depth > 0) {
        ++at_;
      } else {  // a number, or a word
        while (at_ < text_.size() && std::string_view(",}] \t\r\n").find(text_[at_]) == text_.npos)
          ++at_;
      }
    } while (depth > 0);
    return text_.substr(start, at_ - start);
  }

 private:
  void skip_space() {
    while (std::string_view(" \t\r\n").find(text_.at(at_)) != text_.npos) ++at_;
  }
  void skip_string() {
    for (++at_; text_.at(at_) != '"'; ++at_)
      if (text_[at_] == '\\') ++at_;
    ++at_;
  }
  std::string_view text_;
  std::size_t at_ = 0;
};

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
  using Document = rapidjson::GenericDocument<rapidjson::UTF8<>, Pool, Pool>;

  /// RapidJSON's parser recurses without a bound; this is the bound.
  struct Bounded : Document {
    using Document::Document;
    bool StartObject() { return ++depth <= max_depth && Document::StartObject(); }
    bool StartArray() { return ++depth <= max_depth && Document::StartArray(); }
    bool EndObject(rapidjson::SizeType count) { return --depth, Document::EndObject(count); }
    bool EndArray(rapidjson::SizeType count) { return --depth, Document::EndArray(count); }
    int depth = 0;
  };

  /// A document of usual size needs no more.
  alignas(std::max_align_t) std::array<char, 6 * 1'024> first;
  Pool pool{first.data(), first.size(), chunk_bytes};
  Bounded document{&pool, stack_bytes, &pool};

  /// The texts of the document stay where they are in a copy of `text`.
  bool read(std::string_view text) {
    auto* const copy = static_cast<char*>(pool.Malloc(text.size() + plain_step));
    if (!copy) throw std::bad_alloc();
    text.copy(copy, text.size());
    std::memset(copy + text.size(), 0, plain_step);
    rapidjson::InsituStringStream in(copy);
    rapidjson::GenericReader<PlainText, PlainText, Pool> reader(&pool);
    auto parse = [&](Document&) {
      return !reader.Parse<rapidjson::kParseInsituFlag>(in, document).IsError();
    };
    document.Populate(parse);
    return !reader.HasParseError();
  }

  static constexpr std::size_t stack_bytes = 1'024;
};

JsonDocument::JsonDocument(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

std::optional<JsonDocument> JsonDocument::parse(std::string_view text) {
  if (text.empty() || text.size() > max_bytes || !is_utf8(text)) return std::nullopt;
  // RapidJSON takes a NUL for the end, and what follows it for nothing.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  auto impl = std::make_unique_for_overwrite<Impl>();
  // The encoding is checked above, in a fraction of the time that RapidJSON takes for it.
  if (!impl->read(text)) return std::nullopt;
  const bool escapes = text.find("\\u") != std::string_view::npos;
  if (escapes && !is_unicode(impl->document)) return std::nullopt;
  return JsonDocument(std::move(impl));
}

JsonValue JsonDocument::root() const {
  const rapidjson::Value& value = impl_->document;
  return JsonValue(&value);
}

std::optional<std::vector<RawMember>> raw_members(std::string_view text) {
  const auto document = JsonDocument::parse(text);
  if (!document || !document->root().is_object()) return std::nullopt;
  std::vector<RawMember> members;
  Walker in(text);
  in.take('{');
  for (auto& name : document->root().names()) {
    if (!members.empty()) in.take(',');
    in.value();  // the name, decoded already
    in.take(':');
    members.push_back({std::move(name), in.value()});
  }
  return members;
}

struct JsonObjectWriter::Impl {
  using Buffer = rapidjson::GenericStringBuffer<rapidjson::UTF8<>, Pool>;

  /// What is written is small; RapidJSON would allocate four times for it.
  alignas(std::max_align_t) std::array<char, 2 * 1'024> first;
  Pool pool{first.data(), first.size(), chunk_bytes};
  Buffer buffer{&pool};
  rapidjson::Writer<Buffer, rapidjson::UTF8<>, rapidjson::UTF8<>, Pool> writer{buffer, &pool};
  std::vector<bool> arrays;  // what is open inside of the object: arrays and objects
};

JsonObjectWriter::JsonObjectWriter() : impl_(std::make_unique_for_overwrite<Impl>()) {
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
