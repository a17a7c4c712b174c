#include "base/json_writer.hpp"

#include <rapidjson/writer.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/error.hpp"
#include "base/json_text.hpp"
#include "base/utf8.hpp"

namespace tollgate::json {
namespace {

struct StringSink {
  using Ch = char;
  std::string& out;
  void Put(char c) { out += c; }
  void Flush() {}
};

using Pool = rapidjson::MemoryPoolAllocator<>;
/// What a text may hold as it is; ASCII apart, which is sound by itself.
enum class Char : std::uint8_t { plain, high, escaped };

constexpr auto chars = [] {
  std::array<Char, 256> kinds{};
  for (std::size_t c = 0; c < kinds.size(); ++c)
    kinds[c] = c < 0x20 || c == '"' || c == '\\' ? Char::escaped
               : c >= 0x80                       ? Char::high
                                                 : Char::plain;
  return kinds;
}();

/// True where eight bytes are plain; not always where they are.
bool are_plain(const char* text) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  std::uint64_t eight = 0;
  std::memcpy(&eight, text, sizeof(eight));
  const auto has_less = [](std::uint64_t bytes, std::uint64_t than) { return bytes - ones * than; };
  const std::uint64_t suspects = eight | has_less(eight, 0x20) | has_less(eight ^ (ones * '"'), 1) |
                                 has_less(eight ^ (ones * '\\'), 1);
  return (suspects & (ones * 0x80)) == 0;
}

/// Characters at the front of `text` of kinds up to `last`.
std::size_t count_of(std::string_view text, Char last) {
  std::size_t count = 0;
  while (text.size() - count >= sizeof(std::uint64_t) && are_plain(text.data() + count))
    count += sizeof(std::uint64_t);
  while (count < text.size() && chars[static_cast<unsigned char>(text[count])] <= last) ++count;
  return count;
}

void append_escape(std::string& out, char c) {
  static constexpr std::string_view named = "\"\"\\\\\bb\ff\nn\rr\tt";  // each with its letter
  static constexpr char digits[] = "0123456789ABCDEF";
  out += '\\';
  for (std::size_t i = 0; i < named.size(); i += 2)
    if (named[i] == c) return out += named[i + 1], void();
  out.append("u00").append(1, digits[c >> 4]).append(1, digits[c & 15]);
}

/// `text` is sound UTF-8. What needs no escape goes over as a whole.
void append_sound(std::string& out, std::string_view text) {
  for (;;) {
    const std::size_t plain = count_of(text, Char::high);
    out.append(text.substr(0, plain));
    if (plain == text.size()) return;
    append_escape(out, text[plain]);
    text.remove_prefix(plain + 1);
  }
}

/// Puts whole texts there, where RapidJSON would put one character at a time.
class TextWriter
    : public rapidjson::Writer<StringSink, rapidjson::UTF8<>, rapidjson::UTF8<>, Pool> {
 public:
  using Writer::Writer;
  void quoted(std::string_view text) {
    Prefix(rapidjson::kStringType);
    append_quoted(os_->out, text);
    EndValue(true);
  }
  void raw(std::string_view json) {
    Prefix(rapidjson::kObjectType);
    os_->out.append(json);
    EndValue(true);
  }
};

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  if (count_of(text, Char::plain) == text.size())
    out.append(text);
  else if (is_valid_utf8(text))
    append_sound(out, text);
  else
    append_sound(out, repair_utf8(text));
  out += '"';
}

struct Writer::Impl {
  StringSink sink;
  /// Of the levels that are open.
  alignas(std::max_align_t) std::array<char, 1'024> first;
  Pool pool{first.data(), first.size(), first.size()};
  TextWriter writer{sink, &pool};
  explicit Impl(std::string& out) : sink{out} {}
};

Writer::Writer() : impl_(std::make_unique<Impl>(out_)) {}
Writer::~Writer() = default;

Writer& Writer::begin_object() {
  return impl_->writer.StartObject(), *this;
}
Writer& Writer::end_object() {
  return impl_->writer.EndObject(), *this;
}
Writer& Writer::begin_array() {
  return impl_->writer.StartArray(), *this;
}
Writer& Writer::end_array() {
  return impl_->writer.EndArray(), *this;
}

Writer& Writer::key(std::string_view name) {
  return impl_->writer.quoted(name), *this;
}

Writer& Writer::text(std::string_view value) {
  return impl_->writer.quoted(value), *this;
}

Writer& Writer::number(std::int64_t value) {
  return impl_->writer.Int64(value), *this;
}
Writer& Writer::boolean(bool value) {
  return impl_->writer.Bool(value), *this;
}
Writer& Writer::null() {
  return impl_->writer.Null(), *this;
}

Writer& Writer::raw(std::string_view json) {
  TOLLGATE_ASSERT(!json.empty());
  return impl_->writer.raw(json), *this;
}

std::string quote(std::string_view text) {
  std::string out;
  append_quoted(out, text);
  return out;
}

}  // namespace tollgate::json
