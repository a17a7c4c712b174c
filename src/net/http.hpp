// What HTTP looks like to everybody but the two files that include Beast.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::net {

template <class T>
using Awaitable = boost::asio::awaitable<T>;

enum class Method { get, head, post, put, patch, del, options, other };
std::string_view to_string(Method method);

/// ASCII letters compare without case.
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// Header fields in order; names compare without case (RFC 9110).
class Headers {
 public:
  using List = std::vector<std::pair<std::string, std::string>>;

  void add(std::string name, std::string value);
  /// Replaces all of that name.
  void set(std::string name, std::string value);
  /// The first of that name; nothing where it is absent.
  std::optional<std::string_view> find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  const List& all() const { return list_; }
  void clear() { list_.clear(); }

 private:
  List list_;
};

/// One request, complete with its body. Owned by the connection while the handler runs.
struct Request {
  Method method = Method::get;
  std::string target;  ///< As received: path and query, still encoded.
  std::string path;    ///< Decoded path. No "..", no NUL, no control characters.
  std::string query;   ///< Raw query without '?'.
  Headers headers;
  std::string body;
  std::string remote_ip;            ///< The peer's address (or X-Forwarded-For of a trusted proxy).
  std::string request_id;           ///< Taken from X-Request-Id or made.
  std::vector<std::string> params;  ///< The path's {parameters} in order; set by the router.

  /// One decoded query parameter (the first of that name).
  std::optional<std::string> query_param(std::string_view name) const;
};

/// Writes one streamed response (SSE). All calls on the connection's executor.
class StreamWriter {
 public:
  virtual ~StreamWriter() = default;
  /// False when the client has gone or the server drains: the streamer must return.
  virtual Awaitable<bool> write(std::string chunk) = 0;
  /// Waits up to `ms`, less when `wake()` was called meanwhile. False when the client has gone or
  /// the server drains.
  virtual Awaitable<bool> wait(std::int64_t ms) = 0;
  /// Ends a running or the next `wait`. Thread-safe; may be called after the stream has ended
  /// (hold the pointer weakly).
  virtual void wake() = 0;
};
/// Runs after the head was sent; the connection closes when it returns.
using Streamer = std::function<Awaitable<void>(std::shared_ptr<StreamWriter>)>;

struct Response {
  int status = 200;
  Headers headers;  ///< Without Content-Length, Connection and Date: the server adds them.
  std::string body;
  Streamer streamer;   ///< Set: the body is streamed by it.
  bool abort = false;  ///< Set: the connection is closed without an answer (for simulators).

  Response() = default;
  Response(int s, std::string_view content_type, std::string b);
};

std::string_view reason_phrase(int status);

/// What may stand as a field's name, and as its value: no CR, no LF, no other control but a tab.
bool is_field_name(std::string_view name);
bool is_field_value(std::string_view value);

/// Percent-encodes everything but unreserved characters (RFC 3986).
std::string percent_encode(std::string_view text);
/// Nothing for a broken escape. `plus_is_space` for forms and queries.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

}  // namespace tollgate::net
