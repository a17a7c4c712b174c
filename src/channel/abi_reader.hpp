// Reads what plugins hand out. Nothing there is trusted: sizes, counts, numbers and texts are
// bounded before they become C++ values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tollgate/channel.hpp"

namespace tollgate::channel {

inline constexpr std::size_t max_span_bytes = 1024 * 1024;
inline constexpr std::size_t max_lines_per_step = 100'000;
inline constexpr std::size_t max_plugin_headers = 100;

/// What came from the plugin cannot be used.
struct Broken {
  std::string what;
};

using Step = std::variant<sdk::Request, sdk::Outcome, sdk::CallbackVerdict, sdk::Continue, Broken>;

/// A struct of another minor version as this side knows it: what lies beyond its struct_size is
/// zero. Nothing for a null pointer, a size that holds not even the struct's head, or one that no
/// such struct has: it would cut a pointer in two.
template <class T>
std::optional<T> copy_struct(const T* from) {
  if (from == nullptr) return std::nullopt;
  std::uint32_t size = 0;
  std::memcpy(&size, from, sizeof(size));
  if (size < 2 * sizeof(std::uint32_t) || size % alignof(T) != 0) return std::nullopt;
  T copy{};
  std::memcpy(&copy, from, std::min<std::size_t>(size, sizeof(T)));
  return copy;
}

/// Takes fields over, remembering the first that cannot be. After a complaint everything is empty.
class AbiReader {
 public:
  /// A span of at most `max` bytes, as it is.
  std::string bytes(std::string_view field, tg_span span, std::size_t max);
  /// The same as valid UTF-8: broken bytes become U+FFFD.
  std::string text(std::string_view field, tg_span span, std::size_t max);
  /// A value of an enumeration of 0 to `last`.
  std::uint32_t choice(std::string_view field, std::uint32_t value, std::uint32_t last);
  void complain(std::string what);

  bool sound() const { return problem_.empty(); }
  const std::string& problem() const { return problem_; }

 private:
  std::string problem_;
};

/// What a plugin answered to begin, begin_callback or resume. `step` is the host's own memory.
Step read_step(const tg_step& step, bool of_callback);

/// The bill's lines that came with a step, added to `into`; Broken where one of them cannot be.
std::optional<Broken> read_lines(const tg_step& step, std::vector<sdk::BillLine>& into);

}  // namespace tollgate::channel
