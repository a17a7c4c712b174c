#include "net/request_parser.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>

namespace tollgate::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::iequals;
using BeastView = boost::beast::string_view;
using ErrorCode = boost::beast::error_code;

constexpr std::size_t header_fields_max = 128;
constexpr std::uint64_t body_reserve_max = 64 * 1024;
/// Beast asserts, and would abort, on a final chunk cut into less than "0\r\n\r\n"; no piece of a
/// chunked body is complete in fewer bytes, so waiting for them loses nothing.
constexpr std::size_t chunk_bytes_min = 5;
/// Of a chunk's own line, size and extensions, without its end.
constexpr std::size_t chunk_line_max = 1024;

Method method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return Method::get;
    case http::verb::head:
      return Method::head;
    case http::verb::post:
      return Method::post;
    case http::verb::put:
      return Method::put;
    case http::verb::patch:
      return Method::patch;
    case http::verb::delete_:
      return Method::del;
    case http::verb::options:
      return Method::options;
    default:
      return Method::other;
  }
}

/// Writes what Beast recognises straight into a Request.
class Sink final : public http::basic_parser<true> {
 public:
  explicit Sink(Request& into) : into_(into) {}

  bool is_http_1_0() const { return version_ == 10; }
  bool expects_continue() const { return expects_continue_; }

  /// What comes next is a chunk's own line; after a chunk, behind the two bytes that end it.
  bool before_chunk_line() const { return head_done_ && chunked() && chunk_left_ == 0; }
  bool after_chunk() const { return after_chunk_; }

 private:
  void on_request_impl(http::verb verb, BeastView, BeastView target, int version,
                       ErrorCode&) override {
    into_.method = method_of(verb);
    into_.target.assign(target.data(), target.size());
    version_ = version;
  }

  void on_response_impl(int, BeastView, int, ErrorCode&) override {}

  void on_field_impl(http::field field, BeastView name, BeastView value, ErrorCode& ec) override {
    if (head_done_) return;  // trailers carry nothing that we use
    if (into_.headers.all().size() >= header_fields_max) ec = http::error::header_limit;
    if (ec) return;
    if (field == http::field::transfer_encoding) {
      if (transfer_encoding_ || !iequals(value, "chunked")) ec = http::error::bad_transfer_encoding;
      transfer_encoding_ = true;
    } else if (field == http::field::host) {
      ++hosts_;
    } else if (field == http::field::content_length) {
      content_length_ = true;
    } else if (field == http::field::expect) {
      expects_continue_ = iequals(value, "100-continue");
    }
    into_.headers.add(std::string(name), std::string(value));
  }

  void on_header_impl(ErrorCode& ec) override {
    head_done_ = true;
    if (transfer_encoding_ && (content_length_ || is_http_1_0()))
      ec = http::error::bad_transfer_encoding;
    else if (hosts_ > 1 || (hosts_ == 0 && !is_http_1_0()))
      ec = http::error::bad_field;
    if (is_http_1_0()) expects_continue_ = false;
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode&) override {
    // What is only announced gets no more memory than this.
    if (length) into_.body.reserve(static_cast<std::size_t>(std::min(*length, body_reserve_max)));
  }

  std::size_t on_body_impl(BeastView piece, ErrorCode&) override {
    into_.body.append(piece.data(), piece.size());
    return piece.size();
  }

  void on_chunk_header_impl(std::uint64_t size, BeastView, ErrorCode&) override {
    chunk_left_ = size;
    after_chunk_ = true;
  }

  std::size_t on_chunk_body_impl(std::uint64_t, BeastView piece, ErrorCode&) override {
    into_.body.append(piece.data(), piece.size());
    chunk_left_ -= piece.size();
    return piece.size();
  }

  void on_finish_impl(ErrorCode&) override {}

  Request& into_;
  int version_ = 11;
  std::size_t hosts_ = 0;
  std::uint64_t chunk_left_ = 0;
  bool after_chunk_ = false;
  bool head_done_ = false;
  bool content_length_ = false;
  bool transfer_encoding_ = false;
  bool expects_continue_ = false;
};

}  // namespace

struct RequestParser::Impl {
  const std::size_t header_bytes;
  std::optional<Sink> sink;
  std::size_t head_taken = 0;
  bool head_told = false;
  Errc error = Errc::malformed_request;
  std::string_view detail;

  explicit Impl(std::size_t bytes) : header_bytes(bytes) {}

  Step fail(Errc code, std::string_view text) {
    error = code;
    detail = text;
    return Step::failed;
  }

  Step fail(const ErrorCode& ec) {
    if (ec == http::error::header_limit) return headers_too_large();
    if (ec == http::error::body_limit) return body_too_large();
    if (ec == http::error::bad_version)
      return fail(Errc::malformed_request, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    if (ec == http::error::bad_content_length || ec == http::error::multiple_content_length ||
        ec == http::error::bad_transfer_encoding)
      return fail(Errc::malformed_request, "the length of the body is ambiguous or not understood");
    return fail(Errc::malformed_request, "the request is not valid HTTP/1.1");
  }

  Step headers_too_large() {
    return fail(Errc::headers_too_large, "request line and header fields exceed the limit");
  }
  Step body_too_large() {
    return fail(Errc::payload_too_large, "the body exceeds the limit of this path");
  }

  Step parse_head(std::string_view data, std::size_t& taken) {
    ErrorCode ec;
    // Beast takes the request line and the fields in separate goes when they come separately.
    taken = sink->put(boost::asio::const_buffer(data.data(), data.size()), ec);
    head_taken += taken;
    if (ec && ec != http::error::need_more) return fail(ec);
    if (!sink->is_header_done()) {
      if (head_taken + (data.size() - taken) >= header_bytes) return headers_too_large();
      return Step::need_more;
    }
    if (head_taken > header_bytes) return headers_too_large();
    head_told = true;
    return Step::head_done;
  }

  /// Beast looks for the end of a quoted text beyond the line that it stands in, and counts the
  /// chunk against the body's limit anew at each look; nobody quotes there. `data` begins where the
  /// line does, or with the end of the chunk before.
  bool chunk_line_is_sound(std::string_view data) const {
    const std::string_view from = data.substr(sink->after_chunk() ? 2 : 0);
    const std::string_view line = from.substr(0, from.find('\n'));
    return line.size() <= chunk_line_max + 1 && line.find('"') == std::string_view::npos;
  }

  /// Beast goes one step at a time, so that each chunk's line is seen before it is taken.
  Step parse_body(std::string_view data, std::size_t& taken) {
    while (!sink->is_done()) {
      const std::string_view rest = data.substr(taken);
      if (rest.empty() || (sink->chunked() && rest.size() < chunk_bytes_min))
        return Step::need_more;
      if (sink->before_chunk_line() && !chunk_line_is_sound(rest))
        return fail(Errc::malformed_request, "a chunk's line is too long, or quotes something");
      ErrorCode ec;
      taken += sink->put(boost::asio::const_buffer(rest.data(), rest.size()), ec);
      if (ec == http::error::need_more) return Step::need_more;
      if (ec) return fail(ec);
    }
    return Step::done;
  }
};

RequestParser::RequestParser(std::size_t header_bytes)
    : impl_(std::make_unique<Impl>(header_bytes)) {}

RequestParser::~RequestParser() = default;

void RequestParser::start(Request& into) {
  impl_->sink.emplace(into);
  impl_->sink->header_limit(static_cast<std::uint32_t>(impl_->header_bytes + 1));
  impl_->sink->body_limit(boost::none);
  impl_->head_taken = 0;
  impl_->head_told = false;
}

RequestParser::Step RequestParser::parse(std::string_view data, std::size_t& taken) {
  taken = 0;
  return impl_->head_told ? impl_->parse_body(data, taken) : impl_->parse_head(data, taken);
}

RequestParser::Step RequestParser::body_limit(std::size_t bytes) {
  auto& sink = *impl_->sink;
  const auto length = sink.content_length();
  if (length && *length > bytes) return impl_->body_too_large();
  sink.body_limit(bytes);
  return sink.is_done() ? Step::done : Step::need_more;
}

bool RequestParser::keep_alive() const {
  return impl_->sink->keep_alive();
}
bool RequestParser::expects_continue() const {
  return impl_->sink->expects_continue();
}
bool RequestParser::http_1_0() const {
  return impl_->sink->is_http_1_0();
}
Errc RequestParser::error() const {
  return impl_->error;
}
std::string_view RequestParser::detail() const {
  return impl_->detail;
}

}  // namespace tollgate::net
