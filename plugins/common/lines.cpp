#include "common/lines.hpp"

namespace tollgate::common {
namespace {

std::string_view without_cr(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

bool LineSplitter::feed(std::string_view piece, const Sink& line) {
  for (auto end = piece.find('\n'); end != piece.npos; end = piece.find('\n')) {
    const auto part = piece.substr(0, end);
    piece.remove_prefix(end + 1);
    if (held_.size() + part.size() > max_line_bytes) return false;
    if (held_.empty()) {
      if (!line(without_cr(part))) return false;
      continue;
    }
    held_ += part;
    const bool well = line(without_cr(held_));
    held_.clear();
    if (!well) return false;
  }
  if (held_.size() + piece.size() > max_line_bytes) return false;
  held_ += piece;
  return true;
}

bool LineSplitter::finish(const Sink& line) {
  if (held_.empty()) return true;
  const bool well = line(without_cr(held_));
  held_.clear();
  return well;
}

}  // namespace tollgate::common
