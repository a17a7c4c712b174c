#include <algorithm>
#include <numeric>

#include "app/config_internal.hpp"

namespace tollgate::app {
namespace {

/// Levenshtein's distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
  if (known.empty() || word.size() > 64) return {};
  const auto best = std::ranges::min_element(
      known, {}, [&](std::string_view candidate) { return distance(word, candidate); });
  return distance(word, *best) <= std::max<std::size_t>(2, word.size() / 3) ? *best
                                                                            : std::string_view();
}

void reject_unknown(json::Object& object, std::initializer_list<std::string_view> known) {
  const std::vector<std::string_view> names(known);
  for (const auto& name : object.names()) {
    if (std::ranges::find(names, name) != names.end()) continue;
    const auto meant = nearest(name, names);
    std::string detail = "is not a known key";
    if (!meant.empty()) detail.append("; did you mean \"").append(meant).append("\"?");
    object.errors().add(object.pointer(name), std::move(detail));
  }
}

}  // namespace tollgate::app
