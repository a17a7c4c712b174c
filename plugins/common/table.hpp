// Tables in text: cells parted by commas, read by the names of their columns.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::common {

/// Of one line; they point into it.
using Cells = std::vector<std::string_view>;

/// Parted by `separator`, without the spaces and tabs around each.
Cells split_cells(std::string_view line, std::string_view separator = ",");

/// Where each column stands, by the line that names them. Channels add and drop columns over the
/// years: nothing is read by position.
class Columns {
 public:
  /// Nothing where a name stands twice.
  static std::optional<Columns> of(const Cells& names);

  std::size_t size() const { return names_.size(); }
  std::optional<std::size_t> place(std::string_view name) const;
  bool has(std::string_view name) const { return place(name).has_value(); }
  /// "" where there is no such column, or the line is too short.
  std::string_view cell(const Cells& cells, std::string_view name) const;
  /// The first of `names` that there is.
  std::string_view first_of(std::string_view name, std::string_view other) const {
    return has(name) ? name : other;
  }

 private:
  std::vector<std::string> names_;
};

/// Cells of a line whose free text under `place` may itself hold the separator: surplus cells are
/// taken for parts of it. The line is theirs. False where there are too few.
bool fold_surplus(Cells& cells, std::size_t size, std::optional<std::size_t> place);

}  // namespace tollgate::common
