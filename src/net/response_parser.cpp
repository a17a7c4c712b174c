#include "net/response_parser.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>

namespace tollgate::net {
namespace {

namespace http = boost::beast::http;
using BeastView = boost::beast::string_view;
using ErrorCode = boost::beast::error_code;

constexpr std::uint32_t header_bytes_max = 64 * 1024;
constexpr std::size_t header_fields_max = 256;
constexpr int interim_max = 8;
/// As in request_parser.cpp: less of a chunked body is never offered to Beast.
constexpr std::size_t chunk_bytes_min = 5;

struct Parts {
  int status = 0;
  Headers headers;
  std::string body;
};

class Sink final : public http::basic_parser<false> {
 public:
  explicit Sink(Parts& into) : into_(into) {}

 private:
  void on_request_impl(http::verb, BeastView, BeastView, int, ErrorCode&) override {}
  void on_response_impl(int status, BeastView, int, ErrorCode& ec) override {
    // Beast takes "010" for a status, and for one with a body up to the end of the connection.
    if (status < 100) ec = http::error::bad_status;
    into_.status = status;
  }

  void on_field_impl(http::field field, BeastView name, BeastView value, ErrorCode& ec) override {
    if (head_done_) return;  // trailers
    if (into_.headers.all().size() >= header_fields_max) {
      ec = http::error::header_limit;
    } else if (field == http::field::transfer_encoding &&
               !boost::beast::iequals(value, "chunked")) {
      ec = http::error::bad_transfer_encoding;
    } else {
      into_.headers.add(std::string(name), std::string(value));
    }
  }

  void on_header_impl(ErrorCode&) override { head_done_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  std::size_t on_body_impl(BeastView piece, ErrorCode&) override {
    into_.body.append(piece.data(), piece.size());
    return piece.size();
  }
  void on_chunk_header_impl(std::uint64_t, BeastView, ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastView piece, ErrorCode&) override {
    into_.body.append(piece.data(), piece.size());
    return piece.size();
  }
  void on_finish_impl(ErrorCode&) override {}

  Parts& into_;
  bool head_done_ = false;
};

}  // namespace

struct ResponseParser::Impl {
  const std::size_t body_bytes;
  const bool head_only;
  Parts parts;
  std::optional<Sink> sink;
  int interim = 0;
  bool too_large = false;
  std::string error;

  Impl(std::size_t bytes, bool head) : body_bytes(bytes), head_only(head) { restart(); }

  void restart() {
    parts = {};
    sink.emplace(parts);
    sink->header_limit(header_bytes_max);
    sink->body_limit(body_bytes);
    sink->eager(true);
    if (head_only) sink->skip(true);
  }

  Step fail(std::string text) {
    error = std::move(text);
    return Step::failed;
  }

  Step put(std::string_view data, std::size_t& taken) {
    if (data.empty()) return Step::need_more;
    if (sink->is_header_done() && sink->chunked() && data.size() < chunk_bytes_min)
      return Step::need_more;
    ErrorCode ec;
    taken = sink->put(boost::asio::const_buffer(data.data(), data.size()), ec);
    too_large = ec == http::error::body_limit;
    if (too_large) return fail("response_too_large");
    if (ec && ec != http::error::need_more) return fail("bad_response: " + ec.message());
    return sink->is_done() ? Step::done : Step::need_more;
  }
};

ResponseParser::ResponseParser(std::size_t body_bytes, bool head_only)
    : impl_(std::make_unique<Impl>(body_bytes, head_only)) {}

ResponseParser::~ResponseParser() = default;

ResponseParser::Step ResponseParser::parse(std::string_view data, std::size_t& taken) {
  taken = 0;
  for (;;) {
    std::size_t now = 0;
    const Step step = impl_->put(data.substr(taken), now);
    taken += now;
    if (step != Step::done || impl_->parts.status >= 200) return step;
    if (impl_->parts.status == 101 || ++impl_->interim > interim_max)
      return impl_->fail("bad_response: unexpected interim answers");
    impl_->restart();
  }
}

ResponseParser::Step ResponseParser::end() {
  if (!impl_->sink->got_some()) return impl_->fail("connection_lost: closed without an answer");
  ErrorCode ec;
  impl_->sink->put_eof(ec);
  if (ec) return impl_->fail("connection_lost: closed inside the answer");
  return Step::done;
}

bool ResponseParser::keep_alive() const {
  return impl_->sink->keep_alive();
}
const std::string& ResponseParser::error() const {
  return impl_->error;
}
bool ResponseParser::has_head() const {
  const bool complete = impl_->too_large || impl_->sink->is_header_done();
  return complete && impl_->parts.status >= 200;
}
int ResponseParser::status() const {
  return impl_->parts.status;
}
Headers& ResponseParser::headers() {
  return impl_->parts.headers;
}
std::string& ResponseParser::body() {
  return impl_->parts.body;
}

}  // namespace tollgate::net
