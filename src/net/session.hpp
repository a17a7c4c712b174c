// One connection of the server, from its first byte to its last.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/request_parser.hpp"
#include "net/response_text.hpp"
#include "net/worker.hpp"

namespace tollgate::net {

class Stream;

/// How long what a client still sends after our last word is thrown away.
inline constexpr std::int64_t linger_ms = 1'000;
/// Memory that a connection keeps from one request for the next.
inline constexpr std::size_t capacity_kept_max = 64 * 1024;

/// Lives on its worker's thread, kept by the coroutine that serves it. Deadlines are looked at by
/// the worker's tick: setting one is a store, not a timer.
class Session : public SessionHook, public std::enable_shared_from_this<Session> {
 public:
  /// `counted`: one of the open connections that the limit bounds.
  Session(Worker& worker, Socket socket, std::string peer, bool counted);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Requests and answers until either side ends it.
  static Awaitable<void> serve(std::shared_ptr<Session> self);
  /// Answers 503 unasked and closes.
  static Awaitable<void> refuse(std::shared_ptr<Session> self);

  void check_deadline(std::int64_t now_us);
  /// Ends what waits for the client; what has been received is still answered.
  void drain();
  /// Closes the socket under whatever runs.
  void cut();

  // For the stream.
  Awaitable<bool> write_all(std::string_view bytes);
  Worker& worker() { return worker_; }

 private:
  enum class Received { request, refusal, nothing };
  enum class Expiry { cancel_read, close };

  Awaitable<Received> receive();
  Awaitable<Received> receive_head();
  Awaitable<Received> receive_body();
  Received refused(Errc code, std::string_view detail);
  Received read_ended();
  bool identify();
  void choose_request_id();
  bool nothing_waits() const;

  Awaitable<Response> handle();
  Awaitable<bool> answer();
  Awaitable<void> answer_refusal();
  Awaitable<void> run_stream(Response response);
  Awaitable<void> linger(std::int64_t ms);
  ResponseFrame frame(Connection connection);
  void write_head_and_body(const Response& response, Connection connection);
  void watch_peer();

  Awaitable<bool> read_more();
  RequestParser::Step parse_buffered();
  std::string_view buffered() const { return {buffer_.data() + begin_, end_ - begin_}; }
  void arm(std::int64_t ms, Expiry expiry);
  void disarm();
  void reset_request();
  void close();

  Worker& worker_;
  ServerState& state_;
  Socket socket_;
  const std::string peer_;
  const bool counted_;

  std::vector<char> buffer_;  // received and not yet parsed: [begin_, end_)
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t buffer_max_;

  RequestParser parser_;
  Request request_;
  Errc refusal_ = Errc::malformed_request;
  std::string_view refusal_detail_;
  std::string out_;

  std::int64_t deadline_us_ = INT64_MAX;
  Expiry expiry_ = Expiry::close;
  bool expired_ = false;
  bool idle_ = false;
  std::size_t unasked_bytes_ = 0;  // sent by the client during a stream
  Stream* stream_ = nullptr;
};

}  // namespace tollgate::net
