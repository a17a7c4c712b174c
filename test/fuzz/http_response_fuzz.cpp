// A peer's bytes as one response, whole and in pieces. Input: seed, limit and flags, bytes.
#include <algorithm>

#include "fuzz.hpp"
#include "net/response_parser.hpp"

namespace {

using tollgate::fuzz::Input;
using tollgate::net::ResponseParser;
using Step = ResponseParser::Step;

struct Parsed {
  Step step = Step::need_more;
  bool has_head = false;
  int status = 0;
  bool keep_alive = false;
  std::string body, error;
  tollgate::net::Headers::List headers;
  std::size_t used = 0;
};

struct Setting {
  std::size_t body_bytes;
  bool head_only;
};

Parsed parse(std::string_view bytes, std::uint32_t seed, Setting setting) {
  ResponseParser parser(setting.body_bytes, setting.head_only);
  Parsed out;
  std::size_t arrived = 0;
  while (out.step == Step::need_more) {
    const auto window = bytes.substr(out.used, arrived - out.used);
    std::size_t taken = 0;
    out.step = parser.parse(window, taken);
    MUST(taken <= window.size());
    out.used += taken;
    if (out.step != Step::need_more || taken > 0) continue;
    if (arrived == bytes.size()) {
      out.step = parser.end();
      break;
    }
    seed = seed * 1103515245u + 12345u;
    const std::size_t piece = seed % 2 == 0 ? 1 + (seed >> 16) % 3 : 1 + (seed >> 16) % 50;
    arrived += std::min(piece, bytes.size() - arrived);
  }
  out.has_head = parser.has_head();
  out.error = parser.error();
  out.status = parser.status();
  out.headers = parser.headers().all();
  out.body = parser.body();
  out.keep_alive = out.step == Step::done && parser.keep_alive();
  return out;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::uint8_t seed = input.byte();
  const std::uint8_t flags = input.byte();
  const Setting setting{std::size_t{1} << (flags % 16), (flags & 128) != 0};
  const auto bytes = input.rest();
  const Parsed a = parse(bytes, seed, setting);
  const Parsed b = parse(bytes, seed + 1000u, setting);
  MUST(a.step == b.step);
  MUST(a.has_head == b.has_head);
  MUST(a.body.size() <= setting.body_bytes);
  if (a.step == Step::failed) {
    MUST(!a.error.empty());
    return 0;
  }
  MUST(a.status >= 200 && a.status <= 999);
  MUST(a.has_head);
  MUST(a.status == b.status && a.headers == b.headers && a.body == b.body);
  MUST(a.keep_alive == b.keep_alive && a.used == b.used);
  MUST(!setting.head_only || a.body.empty());
  return 0;
}
