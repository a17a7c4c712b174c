// What the fuzz targets share. A target is one file with one LLVMFuzzerTestOneInput; built with the
// preset `fuzz` libFuzzer drives it, elsewhere replay.cpp runs it over its corpus.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace tollgate::fuzz {

/// Takes an input apart from the front; when it is used up, zeros and empty texts come.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return rest_.empty(); }
  std::uint8_t byte();
  bool flag() { return (byte() & 1) != 0; }
  /// Uniform enough in [0, bound); bound is 1 to 256.
  unsigned below(unsigned bound) { return byte() % bound; }
  /// Eight bytes, little endian.
  std::uint64_t u64();
  std::int64_t i64() { return static_cast<std::int64_t>(u64()); }
  /// At most `count` bytes.
  std::string_view bytes(std::size_t count);
  /// Up to the next `separator`, which is dropped; else everything.
  std::string_view until(std::string_view separator);
  std::string_view rest() { return bytes(rest_.size()); }

 private:
  std::string_view rest_;
};

[[noreturn]] void finding(const char* rule, const char* file, int line);

}  // namespace tollgate::fuzz

/// What must hold for every input; else the run ends here as a finding.
#define MUST(condition) \
  ((condition) ? void(0) : ::tollgate::fuzz::finding(#condition, __FILE__, __LINE__))
