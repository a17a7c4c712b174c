// What every route of /v1 shares: the caller, problem+json, bodies, pages, idempotency.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/json_reader.hpp"
#include "db/database.hpp"
#include "net/http.hpp"

namespace tollgate::api {

enum class Role { merchant, admin };

/// Who may call a route.
enum class Access {
  open,      ///< No key: the buyer's pages, callbacks, health.
  merchant,  ///< merchant or admin.
  admin,
};

struct Caller {
  std::string key_name;
  Role role = Role::merchant;
};

/// One request's Idempotency-Key under way; see idempotency.hpp.
struct Ticket {
  std::string key_name;
  std::string key;
  std::string fingerprint;  ///< SHA-256 over method, path and body.
  bool settled = false;     ///< Durably: its answer is kept, or its claim given back.
  TimeMs lease_until;       ///< Of this request's durable claim; what tells it from a later one's.
  bool is_claimed() const { return lease_until.ms != 0; }
};

/// Lives as long as the request.
struct Context {
  net::Request& request;
  Caller caller;
  std::optional<Ticket> ticket;

  explicit Context(net::Request& r) : request(r) {}
  /// The n-th {parameter} of the path.
  const std::string& param(std::size_t n) const { return request.params.at(n); }
};

using Handler = std::function<net::Awaitable<Result<net::Response>>(Context&)>;

struct Route {
  net::Method method;
  std::string pattern;
  Access access;
  Handler handler;
  /// The handler claims and keeps the idempotency key in its own transactions.
  bool joins_idempotency = false;
};

/// application/json with `status`.
net::Response json_response(int status, std::string body);
/// RFC 9457.
net::Response problem(const Error& error, std::string_view request_id);
/// What the client of a request gets.
net::Response answer_of(Result<net::Response> result, std::string_view request_id);

/// The JSON body of a request. Errors: unsupported_media_type, malformed_request.
Result<json::Document> parse_body(const net::Request& request);

struct Page {
  int limit = 20;
  std::int64_t starting_after = INT64_MAX;  ///< Ids below it are wanted.
};
/// `?limit=` 1–100 and `&starting_after=<id>`. Error: invalid_request.
Result<Page> parse_page(const net::Request& request);
/// {"data": […], "has_more": bool} from up to limit + 1 items.
net::Response list_response(std::vector<std::string> items, const Page& page);

/// An id in the path; `missing` where it is no number (so that garbage is 404, too).
template <class Id>
Result<Id> parse_id(std::string_view text, Errc missing) {
  if (auto id = Id::parse(text)) return *id;
  return Error(missing);
}

}  // namespace tollgate::api
