#include "fixture.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

#include "db/migrate.hpp"

namespace tollgate::test {
namespace {

/// A listening socket on a port that the system picks.
int listen_on_loopback(std::uint16_t& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(::bind(fd, raw, size) == 0);
  REQUIRE(::listen(fd, 64) == 0);
  REQUIRE(::getsockname(fd, raw, &size) == 0);
  port = ntohs(address.sin_port);
  return fd;
}

std::string loopback_url(std::uint16_t port) {
  return "http://127.0.0.1:" + std::to_string(port);
}

/// Head and body of one request.
std::string read_request(int socket) {
  std::string text;
  char buffer[4096];
  while (true) {
    const auto head = text.find("\r\n\r\n");
    if (head != std::string::npos) {
      const auto field = text.find("Content-Length: ");
      const std::size_t body = field < head ? std::stoul(text.substr(field + 16)) : 0;
      if (text.size() >= head + 4 + body) return text;
    }
    const auto got = ::recv(socket, buffer, sizeof(buffer), 0);
    if (got <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

}  // namespace

Peer::Peer(std::vector<Reply> script) : script_(script.begin(), script.end()) {
  listener_ = listen_on_loopback(port_);
  thread_ = std::thread([this] { serve(); });
}

Peer::~Peer() {
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
  for (const int socket : hanging_) ::close(socket);
}

std::string Peer::url() const {
  return loopback_url(port_);
}

std::vector<std::string> Peer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

Peer::Reply Peer::next() {
  const std::lock_guard lock(mutex_);
  Reply reply = script_.front();
  if (script_.size() > 1) script_.pop_front();
  return reply;
}

void Peer::serve() {
  while (true) {
    const int socket = ::accept(listener_, nullptr, nullptr);
    if (socket < 0) return;
    serve_one(socket);
  }
}

void Peer::serve_one(int socket) {
  auto request = read_request(socket);
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
  }
  const auto reply = next();
  if (reply.kind == Reply::Kind::hang) return hanging_.push_back(socket);
  if (reply.kind == Reply::Kind::answer) {
    const std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " X\r\nContent-Length: " +
                             std::to_string(std::max(reply.body.size(), reply.promised_bytes)) +
                             "\r\nConnection: close\r\n" + reply.headers + "\r\n" + reply.body;
    (void)!::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
  }
  ::close(socket);
}

std::string dead_url() {
  std::uint16_t port = 0;
  ::close(listen_on_loopback(port));
  return loopback_url(port);
}

House::House(std::int64_t channel_timeout_ms, const Clock* given)
    : clock(given ? *given : system_clock),
      ids(clock, 1),
      database(db::Database::open({.url = "sqlite:" + dir.file("test.db")}, [] {})),
      client({}, system_clock),
      driver({.channel_timeout_ms = channel_timeout_ms}, client, *database, ids, clock, metrics) {
  db::migrate(*database);
  toy() = Toy();
}

std::shared_ptr<channel::Account> House::account(std::shared_ptr<const channel::Plugin> plugin,
                                                 std::string gateway, std::string id) {
  const std::string channel = plugin->channel();
  return channel::Account::build({std::move(id), channel, std::move(gateway), R"({"key":"k"})"},
                                 std::move(plugin), random, clock)
      .value();
}

sdk::Outcome House::run(const std::shared_ptr<channel::Account>& account,
                        sdk::OperationInput input) {
  auto call = driver.begin(account, *account->capability(input.method), std::move(input));
  REQUIRE(call.has_value());
  database->write_blocking([&](db::Tx& tx) { return call->record_intent(tx), true; });
  auto outcome = await(call->run());
  database->write_blocking([&](db::Tx& tx) { return call->record_outcome(tx), true; });
  return outcome;
}

std::vector<std::string> House::exchanges(PayNo pay_no) {
  return database->read_blocking([&](db::Tx& tx) {
    std::vector<std::string> oldest_first;
    for (auto& shown : channel::ExchangeStore::list(tx, pay_no, INT64_MAX, 200))
      oldest_first.insert(oldest_first.begin(), std::move(shown.json));
    return oldest_first;
  });
}

sdk::OperationInput input_of(sdk::OperationKind kind) {
  sdk::OperationInput input;
  input.kind = kind;
  input.method = "qr";
  input.pay_no = "42";
  input.amount = input.total = 9900;
  input.currency = "CNY";
  return input;
}

sdk::OperationInput pay_input() {
  return input_of(sdk::OperationKind::pay);
}

sdk::Request request_to(const std::string& url) {
  sdk::Request request;
  request.method = "POST";
  request.url = url;
  request.body = R"({"amount":9900})";
  return request;
}

}  // namespace tollgate::test
