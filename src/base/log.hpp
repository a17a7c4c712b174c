// One event, one line of JSON. Secrets have no way in: Secret<T> has no text.
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/strong_id.hpp"

namespace tollgate::log {

enum class Level { debug, info, warn, error };

/// One field of a line. Texts are borrowed: it lives within the call that writes it.
class Field {
 public:
  Field(std::string_view n, std::string_view v) : name(n), text_(v) {}
  Field(std::string_view n, const char* v) : name(n), text_(v) {}
  Field(std::string_view n, const std::string& v) : name(n), text_(v) {}
  template <std::signed_integral T>
  Field(std::string_view n, T v) : name(n), quoted(false) {
    write(std::int64_t{v});
  }
  template <std::unsigned_integral T>
  Field(std::string_view n, T v) : name(n), quoted(false) {
    write(std::uint64_t{v});
  }
  template <class Tag>
  Field(std::string_view n, StrongId<Tag> id) : name(n) {
    write(id.value());
  }
  Field(const Field&) = delete;
  Field& operator=(const Field&) = delete;

  std::string_view value() const {
    return size_ == 0 ? text_ : std::string_view(digits_.data(), size_);
  }

  const std::string_view name;
  const bool quoted = true;

 private:
  template <std::integral T>
  void write(T number) {
    const auto end = std::to_chars(digits_.data(), digits_.data() + digits_.size(), number).ptr;
    size_ = static_cast<std::size_t>(end - digits_.data());
  }

  std::string_view text_;
  std::size_t size_ = 0;
  std::array<char, 20> digits_;
};

/// Where lines go: standard error (the default), or a file for tests. Not thread-safe; call at
/// start.
void set_level(Level level);

/// Writes {"ts","level","event",…fields}. `event` is a stable dotted word, not prose; levels: error
/// means that a human must look. Thread-safe; never throws.
void write(Level level, std::string_view event, std::initializer_list<Field> fields = {});

/// Writes what waits, which the end of main() does too. Thread-safe; blocks.
void flush();

inline void debug(std::string_view e, std::initializer_list<Field> f = {}) {
  write(Level::debug, e, f);
}
inline void info(std::string_view e, std::initializer_list<Field> f = {}) {
  write(Level::info, e, f);
}
inline void warn(std::string_view e, std::initializer_list<Field> f = {}) {
  write(Level::warn, e, f);
}
inline void error(std::string_view e, std::initializer_list<Field> f = {}) {
  write(Level::error, e, f);
}

}  // namespace tollgate::log
