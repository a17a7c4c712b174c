#include "net/router.hpp"

#include <algorithm>

#include "net/request_head.hpp"

namespace tollgate::net {
namespace {

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  if (pattern.size() != path.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i)
    if (is_parameter(pattern[i]) ? path[i].empty() : pattern[i] != path[i]) return false;
  return true;
}

/// Two patterns that match one path: the one whose first difference is literal is meant.
bool more_literal(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::ranges::lexicographical_compare(
      a, b, {}, [](const std::string& s) { return is_parameter(s); },
      [](const std::string& s) { return is_parameter(s); });
}

bool same_shape(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::ranges::equal(a, b, [](const std::string& x, const std::string& y) {
    return is_parameter(x) ? is_parameter(y) : x == y;
  });
}

}  // namespace

void Router::add(Route route) {
  TOLLGATE_ASSERT(route.pattern.starts_with('/'));
  auto segments = split_path(route.pattern);
  for (std::size_t i = 0; i < routes_.size(); ++i)
    TOLLGATE_ASSERT(routes_[i].method != route.method || !same_shape(segments_[i], segments));
  segments_.push_back(std::move(segments));
  routes_.push_back(std::move(route));
}

void Router::add(std::vector<Route> routes) {
  for (auto& route : routes) add(std::move(route));
}

Result<const Route*> Router::match(Request& request) const {
  if (!request.path.starts_with('/')) return Error(Errc::not_found);
  auto path = path_segments(request);
  constexpr std::size_t none = SIZE_MAX;
  std::size_t best = none;
  std::size_t best_for_head = none;
  bool path_exists = false;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (!matches(segments_[i], path)) continue;
    path_exists = true;
    const Method method = routes_[i].method;
    const bool get_for_head = method == Method::get && request.method == Method::head;
    if (method != request.method && !get_for_head) continue;
    std::size_t& slot = get_for_head ? best_for_head : best;
    if (slot == none || more_literal(segments_[i], segments_[slot])) slot = i;
  }
  if (best == none) best = best_for_head;
  if (best == none) return Error(path_exists ? Errc::method_not_allowed : Errc::not_found);

  request.params.clear();
  for (std::size_t i = 0; i < path.size(); ++i)
    if (is_parameter(segments_[best][i])) request.params.push_back(std::move(path[i]));
  return &routes_[best];
}

std::string Router::allow(const Request& request) const {
  const auto wanted = path_segments(request);
  std::vector<std::string_view> methods;
  const auto include = [&](Method method) {
    const std::string_view name = to_string(method);
    if (std::ranges::find(methods, name) == methods.end()) methods.push_back(name);
  };
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (!matches(segments_[i], wanted)) continue;
    include(routes_[i].method);
    if (routes_[i].method == Method::get) include(Method::head);
  }
  std::string out;
  for (const std::string_view method : methods) {
    if (!out.empty()) out += ", ";
    out += method;
  }
  return out;
}

}  // namespace tollgate::net
