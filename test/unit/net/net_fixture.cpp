#include "net_fixture.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <thread>

namespace tollgate::net {

std::string Answer::field(std::string_view name) const {
  std::size_t at = head.find("\r\n");
  while (at != std::string::npos && at + 2 < head.size()) {
    const std::size_t end = head.find("\r\n", at + 2);
    const std::string line = head.substr(at + 2, end - at - 2);
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos && equal_ignoring_case(line.substr(0, colon), name))
      return line.substr(colon + 2);
    at = end;
  }
  return {};
}

RawClient::RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  const timeval patience{5, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("cannot connect to the server under test");
}

RawClient::~RawClient() {
  close();
}

void RawClient::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;  // the server has closed: the reading side will tell
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

bool RawClient::fill() {
  char piece[16 * 1024];
  const ssize_t count = recv(socket_, piece, sizeof piece, 0);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    throw std::runtime_error("nothing came within 5 s; so far: " + pending_);
  if (count <= 0) return false;
  pending_.append(piece, static_cast<std::size_t>(count));
  return true;
}

std::string RawClient::read_until(std::string_view mark) {
  std::size_t at = pending_.find(mark);
  while (at == std::string::npos) {
    if (!fill()) throw std::runtime_error("closed before the mark; so far: " + pending_);
    at = pending_.find(mark);
  }
  std::string out = pending_.substr(0, at + mark.size());
  pending_.erase(0, out.size());
  return out;
}

std::string RawClient::read_to_end() {
  while (fill()) continue;
  return std::exchange(pending_, {});
}

Answer RawClient::read_answer(bool head_only) {
  Answer answer;
  answer.head = read_until("\r\n\r\n");
  answer.status = std::stoi(answer.head.substr(answer.head.find(' ') + 1, 3));
  const std::string length = answer.field("Content-Length");
  if (head_only || answer.status == 204 || answer.status == 100) return answer;
  if (length.empty()) {
    answer.body = read_to_end();
    return answer;
  }
  while (pending_.size() < std::stoul(length))
    if (!fill()) throw std::runtime_error("closed inside a body");
  answer.body = pending_.substr(0, std::stoul(length));
  pending_.erase(0, answer.body.size());
  return answer;
}

bool RawClient::at_end() {
  return pending_.empty() && !fill();
}

ServerOptions TestServer::small() {
  ServerOptions options;
  options.threads = 1;
  options.limits.header_bytes = 2'048;
  options.limits.body_bytes = 10'000;
  options.limits.header_timeout_ms = 150;
  options.limits.body_timeout_ms = 150;
  options.limits.idle_timeout_ms = 3'000;
  options.limits.write_timeout_ms = 1'000;
  return options;
}

TestServer::TestServer(Server::RequestHandler handler, ServerOptions options)
    : server(std::move(options), std::move(handler), clock, random, metrics) {
  server.start();
}

bool eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 500; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace tollgate::net
