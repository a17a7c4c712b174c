// One thread of the server: its io_context, its acceptor, its sessions.
#pragma once

#include <array>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/intrusive/list.hpp>
#include <thread>

#include "net/response_text.hpp"
#include "net/server_state.hpp"

namespace tollgate::net {

class Session;

/// A session stands in its worker's list as long as it lives.
using SessionHook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

class Worker {
 public:
  using Endpoint = boost::asio::ip::tcp::endpoint;

  explicit Worker(ServerState& state);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Listens with SO_REUSEPORT. Throws boost::system::system_error.
  void listen(const Endpoint& endpoint);
  std::uint16_t port() const;
  void start();

  // From any thread.
  void drain();
  void cut();
  void stop_and_join();

  // For sessions, on the worker's thread.
  ServerState& state() { return state_; }
  Executor executor() { return context_.get_executor(); }
  std::string_view date() { return date_.now(); }
  /// 20 random characters. Drawn in batches: a call to the generator costs as much as parsing a
  /// head. Valid until the next.
  std::string_view new_request_id();
  void enlist(Session& session);
  void observe(Method method, int status, std::int64_t duration_us);
  void count_request(Method method, int status);

 private:
  using Sessions = boost::intrusive::list<Session, boost::intrusive::base_hook<SessionHook>,
                                          boost::intrusive::constant_time_size<false>>;

  Awaitable<void> accept_loop();
  void admit(Socket socket);
  void tick();
  void run();

  ServerState& state_;
  DateText date_;
  Histogram& duration_;
  std::array<std::array<Counter*, 6>, 8> requests_{};  // [method][status class]; made at first use
  std::int64_t tick_ms_;
  std::size_t refusing_ = 0;
  std::string id_stock_;
  std::size_t ids_left_ = 0;

  // Destroyed first to last from below: what a dying context still destroys (frames, sessions) uses
  // what stands above.
  std::unique_ptr<Sessions> sessions_;
  boost::asio::io_context context_{1};
  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor> acceptor_{context_};
  Timer ticker_{context_};
  std::thread thread_;
};

}  // namespace tollgate::net
