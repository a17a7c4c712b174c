#include "common/table.hpp"

#include <algorithm>

namespace tollgate::common {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t";
  const auto first = text.find_first_not_of(blank);
  if (first == text.npos) return text.substr(0, 0);
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

}  // namespace

Cells split_cells(std::string_view line, std::string_view separator) {
  Cells cells;
  for (auto at = line.find(separator); at != line.npos; at = line.find(separator)) {
    cells.push_back(trimmed(line.substr(0, at)));
    line.remove_prefix(at + separator.size());
  }
  cells.push_back(trimmed(line));
  return cells;
}

std::optional<Columns> Columns::of(const Cells& names) {
  Columns columns;
  for (const auto name : names) {
    if (!name.empty() && columns.has(name)) return std::nullopt;
    columns.names_.emplace_back(name);
  }
  return columns;
}

std::optional<std::size_t> Columns::place(std::string_view name) const {
  const auto at = std::find(names_.begin(), names_.end(), name);
  if (at == names_.end()) return std::nullopt;
  return static_cast<std::size_t>(at - names_.begin());
}

std::string_view Columns::cell(const Cells& cells, std::string_view name) const {
  const auto at = place(name);
  return at && *at < cells.size() ? cells[*at] : std::string_view();
}

bool fold_surplus(Cells& cells, std::size_t size, std::optional<std::size_t> place) {
  if (cells.size() < size) return false;
  const std::size_t surplus = cells.size() - size;
  if (surplus == 0) return true;
  if (!place || *place >= size) return false;
  const auto first = cells.begin() + static_cast<std::ptrdiff_t>(*place);
  const auto last = first + static_cast<std::ptrdiff_t>(surplus);
  const char* const end = last->data() + last->size();
  *first = {first->data(), static_cast<std::size_t>(end - first->data())};
  cells.erase(first + 1, last + 1);
  return true;
}

}  // namespace tollgate::common
