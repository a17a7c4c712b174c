#include "fuzz.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace tollgate::fuzz {

std::uint8_t Input::byte() {
  const auto one = bytes(1);
  return one.empty() ? 0 : static_cast<std::uint8_t>(one.front());
}

std::uint64_t Input::u64() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 8) value |= std::uint64_t{byte()} << shift;
  return value;
}

std::string_view Input::bytes(std::size_t count) {
  const auto taken = rest_.substr(0, std::min(count, rest_.size()));
  rest_.remove_prefix(taken.size());
  return taken;
}

std::string_view Input::until(std::string_view separator) {
  const auto at = rest_.find(separator);
  if (at == std::string_view::npos) return rest();
  const auto taken = rest_.substr(0, at);
  rest_.remove_prefix(at + separator.size());
  return taken;
}

void finding(const char* rule, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, rule);
  std::abort();
}

}  // namespace tollgate::fuzz
