#include "net/worker.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.hpp"
#include "net/session.hpp"

namespace tollgate::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr std::int64_t tick_least_ms = 5;
constexpr std::int64_t tick_most_ms = 250;
constexpr std::int64_t accept_pause_ms = 100;
constexpr std::size_t refusing_max = 64;
constexpr std::size_t id_length = 20;
constexpr std::size_t id_batch = 64;

std::int64_t tick_for(const ServerLimits& limits) {
  const std::int64_t shortest = std::min({limits.header_timeout_ms, limits.body_timeout_ms,
                                          limits.idle_timeout_ms, limits.write_timeout_ms});
  return std::clamp(shortest / 10, tick_least_ms, tick_most_ms);
}

std::string address_text(asio::ip::address address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  return address.to_string();
}

void log_unexpected(std::string_view event, const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    log::error(event, {{"text", e.what()}});
  } catch (...) {
    log::error(event);
  }
}

constexpr std::string_view requests_help = "Requests answered.";

}  // namespace

Worker::Worker(ServerState& state)
    : state_(state),
      date_(state.clock),
      duration_(state.metrics.histogram("tollgate_http_request_duration_seconds",
                                        "From the complete request to the written response.")),
      tick_ms_(tick_for(state.options.limits)),
      sessions_(std::make_unique<Sessions>()) {}

Worker::~Worker() {
  stop_and_join();
}

void Worker::listen(const Endpoint& endpoint) {
  acceptor_.open(endpoint.protocol());
  acceptor_.set_option(asio::socket_base::reuse_address(true));
  acceptor_.set_option(ReusePort(true));
  acceptor_.bind(endpoint);
  acceptor_.listen();
}

std::uint16_t Worker::port() const {
  return acceptor_.local_endpoint().port();
}

void Worker::start() {
  state_.task_started();
  asio::co_spawn(context_, accept_loop(), [this](const std::exception_ptr& error) {
    if (error) log_unexpected("http.accept_ended", error);
    state_.task_ended();
  });
  tick();
  thread_ = std::thread([this] { run(); });
}

void Worker::run() {
  for (;;) {
    try {
      context_.run();
      return;
    } catch (...) {
      log_unexpected("http.worker_failed", std::current_exception());
    }
  }
}

void Worker::tick() {
  ticker_.expires_after(std::chrono::milliseconds(tick_ms_));
  ticker_.async_wait([this](const error_code& ec) {
    if (ec) return;
    const std::int64_t now_us = steady_now_us();
    for (Session& session : *sessions_) session.check_deadline(now_us);
    tick();
  });
}

void Worker::drain() {
  asio::post(context_, [this] {
    error_code ignored;
    acceptor_.close(ignored);
    for (Session& session : *sessions_) session.drain();
  });
}

void Worker::cut() {
  asio::post(context_, [this] {
    for (Session& session : *sessions_) session.cut();
  });
}

void Worker::stop_and_join() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

Awaitable<void> Worker::accept_loop() {
  while (!state_.draining) {
    Socket socket(context_);
    error_code ec;
    co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, ec));
    if (!ec) {
      admit(std::move(socket));
      continue;
    }
    if (!acceptor_.is_open()) co_return;
    // Out of descriptors or memory: others will give some back.
    log::warn("http.accept_failed", {{"text", ec.message()}});
    Timer pause(context_, std::chrono::milliseconds(accept_pause_ms));
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
  }
}

void Worker::admit(Socket socket) {
  error_code ec;
  const auto peer = socket.remote_endpoint(ec);
  if (!ec) socket.non_blocking(true, ec);
  if (ec) return;  // gone already
  socket.set_option(asio::ip::tcp::no_delay(true), ec);

  const auto limit = static_cast<std::int64_t>(state_.options.limits.connections);
  const bool admitted = state_.connections->fetch_add(1) < limit;
  if (!admitted) state_.connections->fetch_sub(1);
  if (!admitted && refusing_ >= refusing_max) return;

  auto session =
      std::make_shared<Session>(*this, std::move(socket), address_text(peer.address()), admitted);
  state_.task_started();
  if (!admitted) ++refusing_;
  auto life = admitted ? Session::serve(std::move(session)) : Session::refuse(std::move(session));
  asio::co_spawn(context_, std::move(life), [this, admitted](const std::exception_ptr& error) {
    if (error) log_unexpected("http.session_failed", error);
    if (!admitted) --refusing_;
    state_.task_ended();
  });
}

void Worker::enlist(Session& session) {
  sessions_->push_back(session);
}

std::string_view Worker::new_request_id() {
  if (ids_left_ == 0) {
    id_stock_ = state_.random.alphanumeric(id_length * id_batch);
    ids_left_ = id_batch;
  }
  return std::string_view(id_stock_).substr(--ids_left_ * id_length, id_length);
}

void Worker::count_request(Method method, int status) {
  static constexpr std::string_view classes[] = {"other", "1xx", "2xx", "3xx", "4xx", "5xx"};
  const auto row = static_cast<std::size_t>(method);
  const auto column = static_cast<std::size_t>(status >= 100 && status <= 599 ? status / 100 : 0);
  Counter*& counter = requests_.at(row).at(column);
  if (!counter) {
    counter =
        &state_.metrics.counter("tollgate_http_requests_total", requests_help,
                                {{"method", to_string(method)}, {"status_class", classes[column]}});
  }
  counter->add();
}

void Worker::observe(Method method, int status, std::int64_t duration_us) {
  count_request(method, status);
  duration_.observe_us(duration_us);
}

}  // namespace tollgate::net
