// One event, one line of JSON. Secrets have no way in: Secret<T> has no text.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/strong_id.hpp"

namespace tollgate::log {

enum class Level { debug, info, warn, error };

/// One field of a line.
struct Field {
  std::string_view name;
  std::string value;
  bool quoted = true;

  Field(std::string_view n, std::string_view v) : name(n), value(v) {}
  Field(std::string_view n, const char* v) : name(n), value(v) {}
  Field(std::string_view n, const std::string& v) : name(n), value(v) {}
  template <std::integral T>
  Field(std::string_view n, T v) : name(n), value(std::to_string(v)), quoted(false) {}
  template <class Tag>
  Field(std::string_view n, StrongId<Tag> id) : name(n), value(id.str()) {}
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
