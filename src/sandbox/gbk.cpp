#include "sandbox/gbk.hpp"

#include <iconv.h>

#include <memory>
#include <stdexcept>

namespace tollgate::sandbox {
namespace {

struct Closer {
  void operator()(void* converter) const { iconv_close(converter); }
};

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

}  // namespace

std::string to_gbk(std::string_view utf8) {
  const iconv_t opened = iconv_open("GBK", "UTF-8");
  if (opened == reinterpret_cast<iconv_t>(-1))
    throw std::runtime_error("this system cannot write GBK");
  const std::unique_ptr<void, Closer> converter(opened);
  std::string text(utf8);
  std::string out;
  char* from = text.data();
  std::size_t left = text.size();
  while (left > 0) {
    char buffer[512];
    char* to = buffer;
    std::size_t room = sizeof buffer;
    const bool stuck = iconv(converter.get(), &from, &left, &to, &room) == std::size_t(-1);
    out.append(buffer, static_cast<std::size_t>(to - buffer));
    if (!stuck || left == 0 || to != buffer) continue;
    out += '?';  // a character that GBK lacks
    do ++from, --left;
    while (left > 0 && is_continuation(*from));
  }
  return out;
}

}  // namespace tollgate::sandbox
