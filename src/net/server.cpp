#include "net/server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <stdexcept>

#include "net/worker.hpp"

namespace tollgate::net {
namespace {

using boost::asio::ip::tcp;
constexpr std::int64_t cut_grace_ms = 1'000;

/// Addresses as the sessions write their peers', so that text compares.
ServerOptions checked(ServerOptions options) {
  for (std::string& proxy : options.trusted_proxies) {
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address(proxy, ec);
    if (ec) throw std::runtime_error("trusted proxy " + proxy + " is not an IP address");
    proxy = address.to_string();
  }
  if (options.threads < 1) options.threads = 1;
  return options;
}

/// SO_REUSEPORT would let a second server share our port unnoticed; without it the bind tells.
void ensure_unused(const tcp::endpoint& endpoint) {
  if (endpoint.port() == 0) return;
  boost::asio::io_context context;
  tcp::acceptor probe(context, endpoint.protocol());
  probe.set_option(boost::asio::socket_base::reuse_address(true));
  probe.bind(endpoint);
  probe.listen();
}

}  // namespace

struct Server::Impl {
  ServerState state;
  std::vector<std::unique_ptr<Worker>> workers;
  std::uint16_t port = 0;
  bool running = false;

  Impl(ServerOptions options, RequestHandler handler, const Clock& clock, Random& random,
       Metrics& metrics)
      : state(checked(std::move(options)), std::move(handler), clock, random, metrics) {}

  void listen() {
    tcp::endpoint endpoint(boost::asio::ip::make_address(state.options.address),
                           state.options.port);
    ensure_unused(endpoint);
    for (int i = 0; i < state.options.threads; ++i) {
      workers.push_back(std::make_unique<Worker>(state));
      workers.back()->listen(endpoint);
      endpoint.port(workers.back()->port());
    }
    port = endpoint.port();
  }
};

Server::Server(ServerOptions options, RequestHandler handler, const Clock& clock, Random& random,
               Metrics& metrics)
    : impl_(
          std::make_unique<Impl>(std::move(options), std::move(handler), clock, random, metrics)) {
  metrics.gauge("tollgate_http_connections", "Open connections of clients.",
                [open = impl_->state.connections] { return open->load(); });
}

Server::~Server() {
  drain(0);
}

void Server::start() {
  const auto& options = impl_->state.options;
  try {
    impl_->listen();
  } catch (const boost::system::system_error& e) {
    throw std::runtime_error("cannot listen on " + options.address + ":" +
                             std::to_string(options.port) + ": " + e.code().message());
  }
  impl_->running = true;
  for (auto& worker : impl_->workers) worker->start();
}

std::uint16_t Server::port() const {
  return impl_->port;
}

void Server::drain(std::int64_t timeout_ms) {
  if (!impl_->running) return;
  impl_->running = false;
  impl_->state.draining = true;
  for (auto& worker : impl_->workers) worker->drain();
  if (!impl_->state.join_tasks(timeout_ms)) {
    for (auto& worker : impl_->workers) worker->cut();
    impl_->state.join_tasks(cut_grace_ms);
  }
  for (auto& worker : impl_->workers) worker->stop_and_join();
}

}  // namespace tollgate::net
