// The lines of a text that comes in pieces.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/inflate.hpp"

namespace tollgate::common {

/// Pieces may be cut anywhere, inside a character and between CR and LF too. LF ends a line, and a
/// CR before it belongs to the end. Holds one line at most.
class LineSplitter {
 public:
  static constexpr std::size_t max_line_bytes = 65'536;

  /// `line` takes every line that is complete now. False: one is too long, or `line` said so.
  bool feed(std::string_view piece, const Sink& line);
  /// Nothing more comes: what is left is a line without an end.
  bool finish(const Sink& line);

 private:
  std::string held_;
};

}  // namespace tollgate::common
