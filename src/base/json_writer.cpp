#include "base/json_writer.hpp"

#include <rapidjson/writer.h>

#include "base/error.hpp"
#include "base/utf8.hpp"

namespace tollgate::json {
namespace {

struct StringSink {
  using Ch = char;
  std::string& out;
  void Put(char c) { out += c; }
  void Flush() {}
};

}  // namespace

struct Writer::Impl {
  StringSink sink;
  rapidjson::Writer<StringSink> writer;
  explicit Impl(std::string& out) : sink{out}, writer(sink) {}
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
  impl_->writer.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  return *this;
}

Writer& Writer::text(std::string_view value) {
  const std::string repaired = is_valid_utf8(value) ? std::string() : repair_utf8(value);
  const std::string_view clean = repaired.empty() ? value : std::string_view(repaired);
  impl_->writer.String(clean.data(), static_cast<rapidjson::SizeType>(clean.size()));
  return *this;
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
  impl_->writer.RawValue(json.data(), json.size(), rapidjson::kObjectType);
  return *this;
}

std::string quote(std::string_view text) {
  return Writer().text(text).take();
}

}  // namespace tollgate::json
