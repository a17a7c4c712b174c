// Everything that happens, in order, as one hash: the same seed gives the same one.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tollgate::simulate {

class Trace {
 public:
  /// Where `show` is set, each line goes there as well.
  explicit Trace(std::function<void(const std::string&)> show = {}) : show_(std::move(show)) {}

  /// One line: the time and the words. Nothing that differs between two runs of a seed may be in it
  /// (no key, no signature, no address).
  void note(std::int64_t at_ms, std::initializer_list<std::string_view> words);

  std::uint64_t lines() const { return lines_; }
  /// 16 hexadecimal digits.
  std::string hash() const;

 private:
  std::function<void(const std::string&)> show_;
  std::uint64_t hash_ = 0xcbf29ce484222325;  // FNV-1a
  std::uint64_t lines_ = 0;
};

}  // namespace tollgate::simulate
