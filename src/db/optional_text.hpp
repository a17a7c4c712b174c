// Texts that may be missing: empty in the program, NULL in a row.
#pragma once

#include <optional>
#include <string_view>

namespace tollgate::db {

/// Lives no longer than `text`.
inline std::optional<std::string_view> null_if_empty(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace tollgate::db
