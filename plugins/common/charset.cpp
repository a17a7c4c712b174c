#include "common/charset.hpp"

#include <iconv.h>

namespace tollgate::common {
namespace {

const char* iconv_name(Charset charset) {
  return charset == Charset::utf8 ? "UTF-8" : "GBK";
}

class Converter {
 public:
  Converter(Charset from, Charset to) : handle_(iconv_open(iconv_name(to), iconv_name(from))) {}
  ~Converter() {
    if (usable()) iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  bool usable() const {
    return handle_ != reinterpret_cast<iconv_t>(-1);  // NOLINT(performance-no-int-to-ptr): POSIX
  }

  /// False where not all of `text` could be converted.
  bool convert(std::string text, std::string& out) {
    out.assign(text.size() * 2 + 4, '\0');  // a character of GBK has at most three bytes in UTF-8
    char* from = text.data();
    char* to = out.data();
    std::size_t from_left = text.size();
    std::size_t to_left = out.size();
    const std::size_t irreversible = iconv(handle_, &from, &from_left, &to, &to_left);
    out.resize(out.size() - to_left);
    return irreversible == 0 && from_left == 0;
  }

 private:
  iconv_t handle_;
};

}  // namespace

std::optional<Charset> charset_of(std::string_view name) {
  std::string lower;
  for (const char c : name) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (lower == "utf-8" || lower == "utf8") return Charset::utf8;
  if (lower == "gbk" || lower == "gb2312" || lower == "gb18030") return Charset::gbk;
  return std::nullopt;
}

std::optional<std::string> transcode(std::string_view text, Charset from, Charset to) {
  Converter converter(from, to);
  std::string out;
  if (!converter.usable() || !converter.convert(std::string(text), out)) return std::nullopt;
  return out;
}

}  // namespace tollgate::common
