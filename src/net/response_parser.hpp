// Bytes to one response, without a socket: the client's only door to Beast's parser.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace tollgate::net {

/// Parses one final response; interim ones (1xx) are passed over, a few of them.
class ResponseParser {
 public:
  enum class Step { need_more, done, failed };

  /// `head_only`: the answer to HEAD. A body over `body_bytes` fails.
  ResponseParser(std::size_t body_bytes, bool head_only);
  ~ResponseParser();
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;

  /// Bytes that were not taken must be offered again, in one piece with what follows them.
  Step parse(std::string_view data, std::size_t& taken);
  /// The peer has closed properly: the end of a body without a length, or a failure.
  Step end();

  /// After done: the connection may carry another exchange.
  bool keep_alive() const;
  /// A stable word and a detail.
  const std::string& error() const;

  /// The final head is complete, whatever became of the body.
  bool has_head() const;

  int status() const;
  Headers& headers();
  std::string& body();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tollgate::net
