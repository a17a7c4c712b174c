#include "net/client_connection.hpp"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tollgate::net {
namespace {

namespace asio = boost::asio;
using asio::redirect_error;
using asio::use_awaitable;
using boost::system::error_code;

constexpr std::size_t read_bytes = 16 * 1024;

std::string connect_error(const error_code& ec, const asio::ip::tcp::endpoint& endpoint) {
  const std::string where = endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
  if (ec == asio::error::connection_refused) return "connect_refused: " + where;
  return "connect_failed: " + where + ": " + ec.message();
}

}  // namespace

ClientConnection::ClientConnection(asio::any_io_executor executor)
    : socket_(executor), timer_(executor) {}

void ClientConnection::arm(Deadline deadline) {
  timed_out_ = false;
  timer_.expires_at(deadline);
  timer_.async_wait([weak = weak_from_this(), arming = ++armed_](const error_code& ec) {
    const auto self = weak.lock();
    if (ec || !self || self->armed_ != arming) return;
    self->timed_out_ = true;
    error_code ignored;
    self->socket_.close(ignored);
  });
}

Awaitable<std::string> ClientConnection::connect(Endpoints endpoints, Deadline deadline) {
  std::string error = "connect_failed: no address";
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline) co_return "connect_timeout";
    const auto share = (deadline - now) / static_cast<int>(endpoints.size() - i);
    arm(now + share);
    error_code ec;
    co_await socket_.async_connect(endpoints[i], redirect_error(use_awaitable, ec));
    end_exchange();
    if (!ec && !timed_out_) {
      address_ = endpoints[i].address();
      socket_.set_option(asio::ip::tcp::no_delay(true), ec);
      co_return std::string();
    }
    error = timed_out_ ? "connect_timeout" : connect_error(ec, endpoints[i]);
    socket_.close(ec);
  }
  co_return error;
}

Awaitable<std::string> ClientConnection::handshake(asio::ssl::context& tls, const Url& url,
                                                   Deadline deadline) {
  tls_.emplace(socket_, tls);
  error_code ec;
  tls_->set_verify_mode(asio::ssl::verify_peer, ec);
  if (!ec) tls_->set_verify_callback(asio::ssl::host_name_verification(url.host), ec);
  const bool named =
      url.host_is_address || SSL_set_tlsext_host_name(tls_->native_handle(), url.host.c_str()) == 1;
  if (ec || !named) co_return "tls_failed: the connection could not be prepared";
  arm(deadline);
  co_await tls_->async_handshake(asio::ssl::stream_base::client, redirect_error(use_awaitable, ec));
  end_exchange();
  if (timed_out_) co_return "connect_timeout";
  if (!ec) co_return std::string();
  const long verdict = SSL_get_verify_result(tls_->native_handle());
  if (verdict == X509_V_OK) co_return "tls_failed: " + ec.message();
  co_return std::string("tls_failed: ") + X509_verify_cert_error_string(verdict);
}

void ClientConnection::begin_exchange(Deadline deadline) {
  wrote_ = false;
  error_.clear();
  arm(deadline);
}

void ClientConnection::end_exchange() {
  ++armed_;
  timer_.cancel();
}

Awaitable<bool> ClientConnection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    error_code ec;
    std::size_t count = 0;
    const auto buffer = asio::buffer(bytes.data(), bytes.size());
    if (tls_) {
      wrote_ = true;  // how much of a record has left, nobody tells
      count = co_await tls_->async_write_some(buffer, redirect_error(use_awaitable, ec));
    } else {
      count = co_await socket_.async_write_some(buffer, redirect_error(use_awaitable, ec));
    }
    if (count > 0) wrote_ = true;
    bytes.remove_prefix(count);
    if (!ec) continue;
    error_ = "connection_lost: " + ec.message();
    co_return false;
  }
  co_return true;
}

Awaitable<bool> ClientConnection::read_into(std::string& buffer) {
  const std::size_t before = buffer.size();
  buffer.resize(before + read_bytes);
  error_code ec;
  std::size_t count = 0;
  const auto space = asio::buffer(buffer.data() + before, read_bytes);
  if (tls_)
    count = co_await tls_->async_read_some(space, redirect_error(use_awaitable, ec));
  else
    count = co_await socket_.async_read_some(space, redirect_error(use_awaitable, ec));
  buffer.resize(before + count);
  if (ec && ec != asio::error::eof) error_ = "connection_lost: " + ec.message();
  co_return !ec;
}

bool ClientConnection::is_quiet() {
  if (!socket_.is_open()) return false;
  char byte = 0;
  const auto count = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace tollgate::net
