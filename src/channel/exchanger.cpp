#include "channel/exchanger.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "base/fault.hpp"
#include "net/url.hpp"

namespace tollgate::channel {
namespace {

constexpr std::int64_t connect_timeout_ms = 5'000;
constexpr std::size_t max_recorded_exchanges = 32;

std::optional<net::Method> method_of(std::string_view word) {
  using net::Method;
  for (const auto method :
       {Method::get, Method::head, Method::post, Method::put, Method::patch, Method::del})
    if (net::to_string(method) == word) return method;
  return std::nullopt;
}

bool is_loopback(std::string_view host) {
  if (host == "localhost") return true;
  boost::system::error_code failed;
  const auto address = boost::asio::ip::make_address(std::string(host), failed);
  return !failed && address.is_loopback();
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
  });
}

bool is_hosts_own(std::string_view name) {
  constexpr std::array<std::string_view, 4> own{"host", "content-length", "connection",
                                                "transfer-encoding"};
  std::string lower(name);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return std::ranges::find(own, lower) != own.end();
}

bool may_send_again(const sdk::Request& request, const net::ClientResponse& response) {
  return response.transport == net::Transport::not_sent ||
         (response.transport == net::Transport::maybe_sent && request.resend_safe);
}

}  // namespace

std::optional<std::string> forbidden_url(const std::string& text) {
  const auto url = boost::urls::parse_uri(text);
  if (!url || url->host().empty()) return "the URL is not absolute";
  if (url->has_userinfo()) return "the URL holds user info";
  const bool tls = url->scheme_id() == boost::urls::scheme::https;
  // What is judged here is what the client will read.
  if ((tls || url->scheme_id() == boost::urls::scheme::http) && !net::parse_url(text))
    return "the URL's host is malformed";
  if (tls) return std::nullopt;
  if (url->scheme() == "http" && is_loopback(url->host_address())) return std::nullopt;
  return "the URL is neither https nor http to a loopback address";
}

std::optional<std::string> forbidden(const sdk::Request& request) {
  if (!method_of(request.method)) return "the request's method is unknown";
  if (auto why = forbidden_url(request.url)) return why;
  for (const auto& header : request.headers) {
    if (!is_token(header.name)) return "a header's name is not a token";
    if (!is_field_value(header.value))
      return "the header " + header.name + " holds control characters";
    if (is_hosts_own(header.name)) return "the header " + header.name + " is the host's to set";
  }
  return std::nullopt;
}

void Exchanger::prepare(const sdk::Request& request) {
  exchanges_.push_back(Exchange::prepare(ids_.next_id<ExchangeId>(), request, clock_.now()));
}

const Exchange* Exchanger::last_sent() const {
  return sent_ == 0 ? nullptr : &exchanges_[sent_ - 1];
}

net::Awaitable<Step> Exchanger::run(Step step, Bounds bounds, LineSink lines) {
  bounds_ = bounds;
  lines_ = std::move(lines);
  deadline_ms_ = clock_.steady_ms() + bounds.timeout_ms;
  co_await hand_lines_on();
  for (int sends = 0;; ++sends) {
    if (std::holds_alternative<sdk::Continue>(step))
      co_return Broken{"the plugin waits for more of an answer that has ended"};
    const auto* request = std::get_if<sdk::Request>(&step);
    if (!request) co_return step;
    if (sends == bounds_.sends)
      co_return Broken{"the plugin asks for more than " + std::to_string(sends) + " sends"};
    if (auto why = forbidden(*request)) co_return Broken{*std::move(why)};
    if (request->stream && bounds_.stream_bytes == 0)
      co_return Broken{"only a bill may be streamed"};
    step = co_await answer(*request);
    co_await hand_lines_on();
  }
}

/// Sends, and gives the step that the answer leads to.
net::Awaitable<Step> Exchanger::answer(const sdk::Request& request) {
  pieces_ = 0;
  piece_bytes_ = 0;
  ended_early_.reset();
  const auto response = co_await send(request);
  forget_middle();
  if (ended_early_) co_return *std::move(ended_early_);
  co_return dialogue_.resume(response, clock_.now());
}

net::Awaitable<net::ClientResponse> Exchanger::send(const sdk::Request& request) {
  auto response = co_await send_once(request);
  const bool again = may_send_again(request, response) && pieces_ == 0 && !ended_early_;
  if (again && clock_.steady_ms() < deadline_ms_) response = co_await send_once(request);
  co_return response;
}

net::ClientRequest Exchanger::outgoing(const sdk::Request& request, std::int64_t left_ms) {
  net::ClientRequest out(*method_of(request.method), request.url);
  for (const auto& header : request.headers) out.headers.add(header.name, header.value);
  if (!traceparent_.empty()) out.headers.set("traceparent", traceparent_);
  out.body = request.body;
  out.timeout_ms = request.stream ? left_ms : std::min(left_ms, bounds_.exchange_timeout_ms);
  if (request.timeout_ms != 0)
    out.timeout_ms = std::min<std::int64_t>(out.timeout_ms, request.timeout_ms);
  out.connect_timeout_ms = std::min(connect_timeout_ms, out.timeout_ms);
  out.response_bytes = request.stream ? bounds_.stream_bytes : bounds_.response_bytes;
  out.whole_bytes = bounds_.response_bytes;
  if (request.stream) {
    out.silence_timeout_ms = bounds_.exchange_timeout_ms;
    out.on_piece = [this](const net::ClientResponse& head, std::string_view piece) {
      return take_piece(head, piece);
    };
  }
  return out;
}

net::Awaitable<net::ClientResponse> Exchanger::send_once(const sdk::Request& request) {
  if (sent_ == exchanges_.size()) prepare(request);
  const auto at = sent_++;
  const auto left_ms = deadline_ms_ - clock_.steady_ms();
  net::ClientResponse response;
  if (left_ms <= 0) {
    response.error = "no time left";
  } else {
    auto out = outgoing(request, left_ms);
    fault::point("channel.before_send");
    response = co_await client_.send(std::move(out));
    fault::point("channel.after_send");
  }
  exchanges_[at].complete(response, pieces_ == 0 ? std::nullopt : std::optional(piece_bytes_));
  co_return response;
}

net::Awaitable<bool> Exchanger::take_piece(const net::ClientResponse& head,
                                           std::string_view piece) {
  ++pieces_;
  piece_bytes_ += piece.size();
  auto step = dialogue_.resume_piece(head, piece, clock_.now());
  co_await hand_lines_on();
  if (std::holds_alternative<sdk::Continue>(step)) co_return true;
  ended_early_ = std::move(step);
  co_return false;
}

net::Awaitable<void> Exchanger::hand_lines_on() {
  auto lines = dialogue_.take_lines();
  if (lines.empty() || !lines_) co_return;
  co_await lines_(std::move(lines));
}

/// Of a bill of thousands of pages the first exchanges and the last are kept.
void Exchanger::forget_middle() {
  if (exchanges_.size() <= max_recorded_exchanges || sent_ != exchanges_.size()) return;
  exchanges_.erase(exchanges_.end() - 2);
  --sent_;
}

}  // namespace tollgate::channel
