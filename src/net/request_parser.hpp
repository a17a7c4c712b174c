// Bytes to one Request, without a socket: the server's only door to Beast's parser.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "net/http.hpp"

namespace tollgate::net {

/// Parses one request at a time out of whatever pieces the network brings. Refuses every form on
/// whose length two parsers could disagree (RFC 9112 §6.3, §11.2): Content-Length beside
/// Transfer-Encoding, differing Content-Lengths, any transfer coding but a single "chunked", a
/// chunk's extension with a quoted text.
class RequestParser {
 public:
  enum class Step {
    need_more,  ///< Everything usable was taken; call again with more.
    head_done,  ///< Once a request, before its body: the time to call body_limit().
    done,       ///< The request is complete; what was not taken belongs to the next.
    failed,     ///< error() and detail() say why; nothing more can be parsed.
  };

  /// `header_bytes` bounds request line and fields together.
  explicit RequestParser(std::size_t header_bytes);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// Begins a request, written into `into`, which must live until the next start().
  void start(Request& into);

  /// Takes from the front of `data`; `taken` is how much. Bytes that were not taken must be offered
  /// again, in one piece with what follows them.
  Step parse(std::string_view data, std::size_t& taken);

  /// Errors with payload_too_large at once where a Content-Length is over it, else when a chunk is.
  Step body_limit(std::size_t bytes);

  /// Valid from head_done on.
  bool keep_alive() const;
  bool expects_continue() const;
  bool http_1_0() const;

  /// malformed_request, headers_too_large or payload_too_large.
  Errc error() const;
  std::string_view detail() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tollgate::net
