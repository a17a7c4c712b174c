#include "net/session.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstring>

#include "net/request_head.hpp"
#include "net/stream.hpp"

namespace tollgate::net {
namespace {

using boost::asio::redirect_error;
using boost::asio::use_awaitable;
using boost::system::error_code;
using Step = RequestParser::Step;

constexpr std::size_t buffer_initial = 4 * 1024;
constexpr std::size_t buffer_least_max = 32 * 1024;
constexpr std::size_t linger_bytes_max = 4 * 1024 * 1024;

/// Keeps a string's memory for the next request unless it became unusually large.
void recycle(std::string& text) {
  text.clear();
  if (text.capacity() > capacity_kept_max) text.shrink_to_fit();
}

}  // namespace

Session::Session(Worker& worker, Socket socket, std::string peer, bool counted)
    : worker_(worker),
      state_(worker.state()),
      socket_(std::move(socket)),
      peer_(std::move(peer)),
      counted_(counted),
      buffer_(buffer_initial),
      buffer_max_(std::max(buffer_least_max, state_.options.limits.header_bytes + 1024)),
      parser_(state_.options.limits.header_bytes) {
  worker_.enlist(*this);
}

Session::~Session() {
  if (counted_) state_.connections->fetch_sub(1);
}

Awaitable<void> Session::serve(std::shared_ptr<Session> self) {
  bool go_on = true;
  while (go_on) {
    const Received received = co_await self->receive();
    if (received == Received::request) {
      go_on = co_await self->answer();
    } else {
      if (received == Received::refusal) co_await self->answer_refusal();
      go_on = false;
    }
  }
  self->close();
}

Awaitable<void> Session::refuse(std::shared_ptr<Session> self) {
  self->refused(Errc::service_unavailable, "too many connections");
  co_await self->answer_refusal();
  self->close();
}

void Session::arm(std::int64_t ms, Expiry expiry) {
  deadline_us_ = steady_now_us() + ms * 1000;
  expiry_ = expiry;
  expired_ = false;
}

void Session::disarm() {
  deadline_us_ = INT64_MAX;
}

void Session::check_deadline(std::int64_t now_us) {
  if (now_us < deadline_us_) return;
  disarm();
  expired_ = true;
  error_code ignored;
  if (expiry_ == Expiry::cancel_read)
    socket_.cancel(ignored);
  else
    socket_.close(ignored);
}

/// A request that has arrived but was not read yet counts as received.
bool Session::nothing_waits() const {
  error_code ec;
  return socket_.available(ec) == 0 || ec;
}

void Session::drain() {
  if (stream_) stream_->finish();
  error_code ignored;
  if (idle_ && nothing_waits()) socket_.cancel(ignored);
}

void Session::cut() {
  if (stream_) stream_->finish();
  close();
}

void Session::close() {
  error_code ignored;
  socket_.shutdown(Socket::shutdown_both, ignored);
  socket_.close(ignored);
}

void Session::reset_request() {
  request_.headers.clear();
  request_.params.clear();
  request_.request_id.clear();
  request_.path.clear();
  request_.query.clear();
  recycle(request_.target);
  recycle(request_.body);
}

/// False at the end of what the client sends, on an error, and when the deadline has passed.
Awaitable<bool> Session::read_more() {
  if (expired_) co_return false;
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ == buffer_.size()) {
    if (begin_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    } else if (buffer_.size() < buffer_max_) {
      buffer_.resize(std::min(buffer_.size() * 2, buffer_max_));
    } else {
      co_return false;
    }
  }
  error_code ec;
  const auto space = boost::asio::buffer(buffer_.data() + end_, buffer_.size() - end_);
  const std::size_t count =
      co_await socket_.async_read_some(space, redirect_error(use_awaitable, ec));
  end_ += count;
  co_return !ec;
}

Step Session::parse_buffered() {
  std::size_t taken = 0;
  const Step step = parser_.parse(buffered(), taken);
  begin_ += taken;
  return step;
}

Session::Received Session::refused(Errc code, std::string_view detail) {
  refusal_ = code;
  refusal_detail_ = detail;
  return Received::refusal;
}

Session::Received Session::read_ended() {
  if (expired_) return refused(Errc::request_timeout, "the request did not arrive in time");
  if (end_ - begin_ == buffer_max_)
    return refused(Errc::malformed_request, "a chunk's header or the trailers are too long");
  return Received::nothing;
}

Awaitable<Session::Received> Session::receive() {
  reset_request();
  parser_.start(request_);
  if (buffered().empty()) {
    if (state_.draining && nothing_waits()) co_return Received::nothing;
    arm(state_.options.limits.idle_timeout_ms, Expiry::cancel_read);
    idle_ = true;
    const bool arrived = co_await read_more();
    idle_ = false;
    if (!arrived) co_return Received::nothing;
  }
  arm(state_.options.limits.header_timeout_ms, Expiry::cancel_read);
  Received received = co_await receive_head();
  if (received == Received::request) received = co_await receive_body();
  disarm();
  expired_ = false;
  co_return received;
}

Awaitable<Session::Received> Session::receive_head() {
  // An empty line before a request is to be ignored (RFC 9112 §2.2).
  while (buffered().starts_with("\r\n") || buffered() == "\r") {
    if (buffered().size() >= 2) begin_ += 2;
    if (buffered().size() >= 2) continue;
    if (!co_await read_more()) co_return read_ended();
  }
  for (;;) {
    const Step step = parse_buffered();
    if (step == Step::failed) co_return refused(parser_.error(), parser_.detail());
    if (step == Step::head_done) break;
    const bool more = co_await read_more();
    if (!more) co_return read_ended();
  }
  if (!identify()) co_return refused(Errc::malformed_request, "the request target is not valid");
  co_return Received::request;
}

void Session::choose_request_id() {
  const std::string_view given = given_request_id(request_.headers);
  if (given.empty())
    request_.request_id = worker_.new_request_id();
  else
    request_.request_id = given;
}

bool Session::identify() {
  choose_request_id();
  request_.remote_ip = client_address(request_.headers, peer_, state_.options.trusted_proxies);
  return resolve_target(request_);
}

Awaitable<Session::Received> Session::receive_body() {
  const auto& options = state_.options;
  const std::size_t limit =
      options.body_limit ? options.body_limit(request_.path) : options.limits.body_bytes;
  Step step = parser_.body_limit(limit);
  if (step == Step::done) co_return Received::request;
  if (step == Step::need_more && parser_.expects_continue() && buffered().empty()) {
    const bool written = co_await write_all("HTTP/1.1 100 Continue\r\n\r\n");
    if (!written) co_return Received::nothing;
  }
  arm(options.limits.body_timeout_ms, Expiry::cancel_read);
  if (step == Step::need_more) step = parse_buffered();
  while (step == Step::need_more) {
    const bool more = co_await read_more();
    if (!more) co_return read_ended();
    step = parse_buffered();
  }
  if (step == Step::failed) co_return refused(parser_.error(), parser_.detail());
  co_return Received::request;
}

Awaitable<bool> Session::write_all(std::string_view bytes) {
  error_code ec;
  // Mostly the system takes it at once, and the coroutine need not be suspended.
  const std::size_t count = socket_.write_some(boost::asio::buffer(bytes.data(), bytes.size()), ec);
  if (ec && ec != boost::asio::error::would_block && ec != boost::asio::error::try_again)
    co_return false;
  bytes.remove_prefix(count);
  if (bytes.empty()) co_return true;
  arm(state_.options.limits.write_timeout_ms, Expiry::close);
  co_await boost::asio::async_write(socket_, boost::asio::buffer(bytes.data(), bytes.size()),
                                    redirect_error(use_awaitable, ec));
  disarm();
  co_return !ec;
}

/// A socket closed with unread input is reset, which can destroy the answer on its way: so first
/// the client is told the end, and what it still sends is thrown away.
Awaitable<void> Session::linger(std::int64_t ms) {
  error_code ec;
  socket_.shutdown(Socket::shutdown_send, ec);
  if (ec) co_return;
  arm(ms, Expiry::cancel_read);
  std::size_t discarded = 0;
  bool more = true;
  while (more && discarded < linger_bytes_max) {
    discarded += end_ - begin_;
    begin_ = end_ = 0;
    more = co_await read_more();
  }
  disarm();
}

Awaitable<void> Session::answer_refusal() {
  if (request_.request_id.empty()) choose_request_id();
  const Response response = problem_response(refusal_, refusal_detail_, request_.request_id);
  worker_.count_request(request_.method, response.status);
  write_head_and_body(response, Connection::close);
  const bool written = co_await write_all(out_);
  if (written) co_await linger(linger_ms);
}

}  // namespace tollgate::net
