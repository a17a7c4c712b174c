// A connection's bytes as requests, whole and in pieces. Input: seed of the pieces, limits, bytes.
#include <optional>
#include <vector>

#include "base/utf8.hpp"
#include "fuzz.hpp"
#include "net/request_head.hpp"
#include "net/request_parser.hpp"

namespace {

using tollgate::Errc;
using tollgate::fuzz::Input;
using tollgate::net::Request;
using tollgate::net::RequestParser;
using Step = RequestParser::Step;

struct Limits {
  std::size_t header_bytes;
  std::size_t body_bytes;
};

/// How large the next piece is. The first byte of a seed of 0 gives everything at once.
class Pieces {
 public:
  explicit Pieces(std::uint8_t seed) : state_(seed) {}
  std::size_t next() {
    if (state_ == 0) return SIZE_MAX;
    state_ = state_ * 1103515245u + 12345u;
    return 1 + (state_ >> 16) % ((state_ & 64) != 0 ? 3 : 40);
  }

 private:
  std::uint32_t state_;
};

struct Parsed {
  std::vector<Request> requests;
  std::vector<bool> keeps;
  std::optional<Errc> error;
  std::string detail;
  std::vector<std::size_t> ends;  ///< Of the requests, in the connection's bytes.
};

void check_head(const Request& request, const RequestParser& parser) {
  std::size_t lengths = 0, codings = 0;
  for (const auto& [name, value] : request.headers.all()) {
    MUST(tollgate::net::is_field_name(name));
    MUST(value.find_first_of(std::string_view("\r\n\0", 3)) == value.npos);
    lengths += tollgate::net::equal_ignoring_case(name, "Content-Length");
    codings += tollgate::net::equal_ignoring_case(name, "Transfer-Encoding");
  }
  MUST(lengths == 0 || codings == 0);  // smuggling: two lengths, two requests
  MUST(codings <= 1);
  MUST(codings == 0 || *request.headers.find("Transfer-Encoding") != "identity");
  MUST(!parser.http_1_0() || codings == 0);
  MUST(!parser.http_1_0() || !parser.expects_continue());
}

void check_meaning(Request request) {
  using namespace tollgate::net;
  if (resolve_target(request)) {
    MUST(request.path == "*" || request.path.starts_with('/'));
    MUST(!tollgate::has_control_characters(request.path));
    MUST((request.path + "/").find("/../") == request.path.npos);
    MUST((request.path + "/").find("/./") == request.path.npos);
    request.query_param("limit");
  }
  MUST(given_request_id(request.headers).empty() ||
       is_request_id(given_request_id(request.headers)));
  MUST(client_address(request.headers, "10.0.0.1", {}) == "10.0.0.1");
  MUST(!client_address(request.headers, "10.0.0.1", {"10.0.0.1", "10.0.0.2"}).empty());
}

/// Everything that came so far is offered again after what was taken, as a connection does.
Parsed parse_all(std::string_view bytes, std::uint8_t seed, Limits limits) {
  Parsed out;
  Pieces pieces(seed);
  RequestParser parser(limits.header_bytes);
  std::size_t arrived = 0, used = 0;
  for (int count = 0; count < 16; ++count) {
    Request request;
    parser.start(request);
    for (Step step = Step::need_more; step != Step::done;) {
      const auto window = bytes.substr(used, arrived - used);
      std::size_t taken = 0;
      step = parser.parse(window, taken);
      MUST(taken <= window.size());
      used += taken;
      if (step == Step::head_done) {
        check_head(request, parser);
        step = parser.body_limit(limits.body_bytes);
        if (step == Step::need_more) continue;
      }
      if (step == Step::failed) {
        out.error = parser.error();
        out.detail = parser.detail();
        MUST(!out.detail.empty());
        return out;
      }
      if (step == Step::need_more && taken == 0) {
        if (arrived == bytes.size()) return out;
        arrived += std::min(pieces.next(), bytes.size() - arrived);
      }
    }
    MUST(request.body.size() <= limits.body_bytes);
    out.ends.push_back(used);
    out.keeps.push_back(parser.keep_alive());
    out.requests.push_back(std::move(request));
  }
  return out;
}

void must_equal(const Request& a, const Request& b) {
  MUST(a.method == b.method);
  MUST(a.target == b.target);
  MUST(a.headers.all() == b.headers.all());
  MUST(a.body == b.body);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::uint8_t seed = input.byte();
  const Limits limits{64u << input.below(8), 1u << input.below(18)};
  const auto bytes = input.rest();
  const Parsed whole = parse_all(bytes, 0, limits);
  for (const auto& request : whole.requests) check_meaning(request);

  const Parsed split = parse_all(bytes, seed == 0 ? 1 : seed, limits);
  MUST(whole.requests.size() == split.requests.size());
  MUST(whole.keeps == split.keeps);
  MUST(whole.ends == split.ends);
  // A head that came in pieces is judged at its end only, so what is wrong may show later, or as
  // too long. Never is it taken.
  if (split.error) MUST(whole.error.has_value());
  for (std::size_t i = 0; i < whole.requests.size(); ++i)
    must_equal(whole.requests[i], split.requests[i]);
  return 0;
}
