// The half of a session that answers: handler, response, stream.
#include <boost/core/demangle.hpp>
#include <typeinfo>

#include "base/fault.hpp"
#include "base/log.hpp"
#include "net/request_head.hpp"
#include "net/stream.hpp"

namespace tollgate::net {
namespace {

constexpr std::size_t unasked_bytes_max = 64 * 1024;
constexpr std::size_t error_text_max = 160;

void log_failure(std::string_view event, const Request& request, const std::exception* error) {
  const std::string type = error ? boost::core::demangle(typeid(*error).name()) : "unknown";
  const std::string text = error ? std::string(error->what()).substr(0, error_text_max) : "";
  log::error(event, {{"path", loggable_path(request)},
                     {"request_id", request.request_id},
                     {"exception", type},
                     {"text", text}});
}

/// Detaches a stream from its session however the session's coroutine ends.
class Attached {
 public:
  Attached(Stream*& slot, Stream& stream) : slot_(slot), stream_(stream) { slot_ = &stream; }
  ~Attached() {
    slot_ = nullptr;
    stream_.detach();
  }
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;

 private:
  Stream*& slot_;
  Stream& stream_;
};

}  // namespace

Awaitable<Response> Session::handle() {
  try {
    Response response = co_await state_.handler(request_);
    co_return response;
  } catch (const std::exception& e) {
    log_failure("http.handler_failed", request_, &e);
  } catch (...) {
    log_failure("http.handler_failed", request_, nullptr);
  }
  co_return problem_response(Errc::internal_error, "the request could not be completed",
                             request_.request_id);
}

ResponseFrame Session::frame(Connection connection) {
  ResponseFrame out;
  out.date = worker_.date();
  out.request_id = request_.request_id;
  out.connection = connection;
  out.head_only = request_.method == Method::head;
  return out;
}

void Session::write_head_and_body(const Response& response, Connection connection) {
  const int dropped = write_response(response, frame(connection), out_);
  if (dropped > 0)
    log::error("http.response_field_refused", {{"path", loggable_path(request_)},
                                               {"request_id", request_.request_id},
                                               {"fields", dropped}});
}

/// False when the connection is to be closed.
Awaitable<bool> Session::answer() {
  const std::int64_t start_us = steady_now_us();
  Response response = co_await handle();
  if (response.abort) co_return false;
  if (response.streamer) {
    worker_.count_request(request_.method, response.status);
    co_await run_stream(std::move(response));
    co_return false;
  }
  const bool client_keeps = parser_.keep_alive();
  const bool keep = client_keeps && !state_.draining;
  const Connection connection = !keep                ? Connection::close
                                : parser_.http_1_0() ? Connection::keep_alive_1_0
                                                     : Connection::keep_alive;
  write_head_and_body(response, connection);
  fault::point("http.before_answer");
  const bool written = co_await write_all(out_);
  fault::point("http.after_answer");
  worker_.observe(request_.method, response.status, steady_now_us() - start_us);
  if (out_.capacity() > capacity_kept_max) std::string().swap(out_);
  if (!written) co_return false;
  // The client does not know yet that we close: it may be sending its next request.
  if (!keep && (client_keeps || !buffered().empty())) co_await linger(linger_ms);
  co_return keep;
}

Awaitable<void> Session::run_stream(Response response) {
  write_head_and_body(response, Connection::close);
  const bool written = co_await write_all(out_);
  if (!written || request_.method == Method::head) co_return;

  const auto stream = std::make_shared<Stream>(*this);
  const Attached attached(stream_, *stream);
  if (state_.draining) co_return;
  watch_peer();
  try {
    co_await response.streamer(stream);
  } catch (const std::exception& e) {
    log_failure("http.streamer_failed", request_, &e);
  } catch (...) {
    log_failure("http.streamer_failed", request_, nullptr);
  }
}

/// Reads while the stream is written, for the only way to learn that the client has gone.
void Session::watch_peer() {
  begin_ = end_ = 0;
  socket_.async_read_some(
      boost::asio::buffer(buffer_),
      [self = shared_from_this()](const boost::system::error_code& ec, std::size_t count) {
        if (!self->stream_) return;
        self->unasked_bytes_ += count;
        if (!ec && self->unasked_bytes_ <= unasked_bytes_max)
          self->watch_peer();
        else
          self->stream_->finish();
      });
}

}  // namespace tollgate::net
