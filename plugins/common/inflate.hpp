// Deflate that comes in pieces: gzip files, and what entries of a zip archive are packed with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

struct z_stream_s;

namespace tollgate::common {

/// Takes a piece of a text; false: it makes no sense, stop.
using Sink = std::function<bool(std::string_view piece)>;

/// Unpacks within bounds: at most `max_bytes` come out, and never more than `max_ratio` times what
/// went in (once that is more than a little). Holds 32 KiB of history and a buffer, no more.
class Inflater {
 public:
  enum class Kind { gzip, raw };
  enum class State {
    going,   ///< Wants more.
    ended,   ///< All came out, and what checks it (gzip's CRC-32 and size) held.
    broken,  ///< No such data, over a bound, or the sink said so.
  };
  static constexpr std::uint64_t default_max_bytes = 4ULL * 1024 * 1024 * 1024;
  static constexpr std::uint64_t max_ratio = 300;

  /// Throws std::bad_alloc.
  explicit Inflater(Kind kind, std::uint64_t max_bytes = default_max_bytes);

  /// Unpacks a piece into `sink`. `used`: how much of it belongs to this; less than all only once
  /// ended or broken. After that nothing is used.
  struct Fed {
    State state;
    std::size_t used;
  };
  Fed feed(std::string_view piece, const Sink& sink);
  State state() const { return state_; }

 private:
  bool within_bounds() const;

  struct End {
    void operator()(z_stream_s* stream) const;
  };
  const std::uint64_t max_bytes_;
  std::uint64_t in_ = 0, out_ = 0;
  State state_ = State::going;
  std::unique_ptr<z_stream_s, End> stream_;
};

}  // namespace tollgate::common
