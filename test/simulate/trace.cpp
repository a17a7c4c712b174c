#include "simulate/trace.hpp"

namespace tollgate::simulate {

void Trace::note(std::int64_t at_ms, std::initializer_list<std::string_view> words) {
  std::string line = std::to_string(at_ms);
  for (const auto word : words) line.append(" ").append(word);
  for (const char c : line) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  ++lines_;
  if (show_) show_(line);
}

std::string Trace::hash() const {
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[hash_ >> shift & 15];
  return text;
}

}  // namespace tollgate::simulate
