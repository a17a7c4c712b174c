// The routes as a table of data.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "net/http.hpp"

namespace tollgate::net {

/// Handles one request. The reference lives until the response was sent.
using Handler = std::function<Awaitable<Response>(Request&)>;

struct Route {
  Method method;
  /// "/v1/orders/{id}/payments"; {name} matches one non-empty segment, "a%2Fb" too.
  std::string pattern;
  std::string access;  ///< Free word for the layer above (role); the router does not read it.
  Handler handler;     ///< Empty where the layer above keeps handlers of its own.
};

/// Immutable after the start; match() is thread-safe. Where several patterns match a path, the one
/// that is literal at the first difference wins: "/pay/return/{token}" before
/// "/pay/{token}/events". Two routes of one method and shape are a bug (asserted).
class Router {
 public:
  void add(Route route);
  void add(std::vector<Route> routes);

  /// The route of a request, its path parameters put into request.params. HEAD matches GET.
  /// Errors: not_found; method_not_allowed (the path exists with another method).
  Result<const Route*> match(Request& request) const;
  /// The methods that a request's path has, for the Allow field of a 405: "GET, HEAD, POST"; empty
  /// for none.
  std::string allow(const Request& request) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
  std::vector<std::vector<std::string>> segments_;  // of routes_[i].pattern
};

}  // namespace tollgate::net
