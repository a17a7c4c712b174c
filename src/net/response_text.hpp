// A response as the bytes that go out: one flat string (a chain of buffers costs a third of the
// throughput).
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "net/http.hpp"

namespace tollgate::net {

/// The Date header's text, made once a second. One thread.
class DateText {
 public:
  explicit DateText(const Clock& clock) : clock_(clock) {}
  std::string_view now();

 private:
  const Clock& clock_;
  std::int64_t second_ = -1;
  std::string text_;
};

enum class Connection {
  keep_alive,      ///< HTTP/1.1's default: nothing is said.
  keep_alive_1_0,  ///< Told to an HTTP/1.0 client that asked for it.
  close,
};

struct ResponseFrame {
  std::string_view date;
  std::string_view request_id;
  Connection connection = Connection::keep_alive;
  bool head_only = false;  ///< Answer to HEAD: all fields, no body.
};

/// Replaces `out` by status line, fields and body; of a streamed response by its head alone. Fields
/// that belong to the server (Content-Length, Transfer-Encoding, Connection, Keep-Alive, Date,
/// X-Request-Id) and fields that could not be sent as given (no token for a name, a control
/// character in the value) are left out; how many of the latter is returned.
int write_response(const Response& response, const ResponseFrame& frame, std::string& out);

/// problem+json (RFC 9457) of an error that the server itself answers.
Response problem_response(Errc code, std::string_view detail, std::string_view request_id);

}  // namespace tollgate::net
