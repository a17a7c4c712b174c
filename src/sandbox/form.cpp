#include "sandbox/form.hpp"

#include <algorithm>
#include <set>

#include "net/http.hpp"

namespace tollgate::sandbox {

std::optional<Fields> parse_form(std::string_view text) {
  Fields out;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = net::percent_decode(pair.substr(0, equals), true);
    auto value = net::percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!name || !value) return std::nullopt;
    out.emplace_back(std::move(*name), std::move(*value));
  }
  return out;
}

std::string write_form(const Fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    out += net::percent_encode(name) + "=" + net::percent_encode(value);
  }
  return out;
}

std::string field_of(const Fields& fields, std::string_view name) {
  const auto at = std::ranges::find(fields, name, [](const auto& f) -> auto& { return f.first; });
  return at == fields.end() ? std::string() : at->second;
}

std::string doubled(const Fields& fields) {
  std::set<std::string_view> seen;
  for (const auto& [name, value] : fields)
    if (!seen.insert(name).second) return name;
  return "";
}

std::string sorted_text(const Fields& fields, bool keep_empty) {
  Fields sorted = fields;
  std::ranges::stable_sort(sorted, {}, [](const auto& f) -> auto& { return f.first; });
  std::string out;
  for (const auto& [name, value] : sorted) {
    if (value.empty() && !keep_empty) continue;
    if (!out.empty()) out += '&';
    out.append(name).append("=").append(value);
  }
  return out;
}

}  // namespace tollgate::sandbox
