// A subscriber that pulls batches of GET /v1/events/feed, keeping its place. Says that it is ready
// by a line "ready", ends after --count events with a line of JSON.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <rapidjson/document.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <stdexcept>

namespace tollgate::bench {
namespace {

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// A keep-alive connection, one request at a time.
class Connection {
 public:
  Connection(std::uint16_t port, std::string api_key) : api_key_(std::move(api_key)) {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    const int on = 1;
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
      throw std::runtime_error("cannot connect");
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  ~Connection() { ::close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// The body of a 200.
  std::string get(const std::string& target) {
    const std::string request = "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" +
                                "Authorization: Bearer " + api_key_ + "\r\n\r\n";
    if (::send(fd_, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size()))
      throw std::runtime_error("the server hung up");
    std::size_t head = std::string::npos;
    while ((head = in_.find("\r\n\r\n")) == std::string::npos) receive();
    if (!in_.starts_with("HTTP/1.1 200")) throw std::runtime_error("refused: " + in_.substr(0, 12));
    const auto at = in_.find("Content-Length: ");
    if (at == std::string::npos || at > head)
      throw std::runtime_error("an answer without a length");
    const std::size_t size = std::stoul(in_.substr(at + 16, 12));
    while (in_.size() < head + 4 + size) receive();
    std::string body = in_.substr(head + 4, size);
    in_.erase(0, head + 4 + size);
    return body;
  }

 private:
  void receive() {
    char bytes[131'072];
    const ssize_t got = ::recv(fd_, bytes, sizeof(bytes), 0);
    if (got <= 0) throw std::runtime_error("the server hung up");
    in_.append(bytes, static_cast<std::size_t>(got));
  }

  std::string api_key_;
  std::string in_;
  int fd_ = -1;
};

class Subscriber {
 public:
  Subscriber(std::uint16_t port, const std::string& api_key) : connection_(port, api_key) {}

  /// Takes the next batch, waiting for it up to so many seconds.
  void pull(int wait_s) {
    const std::string after = next_.empty() ? next_ : "&after=" + next_;
    const std::string body =
        connection_.get("/v1/events/feed?limit=1000&wait=" + std::to_string(wait_s) + after);
    rapidjson::Document batch;
    batch.Parse(body.data(), body.size());
    if (batch.HasParseError()) throw std::runtime_error("a batch that is no JSON");
    count_ += batch["data"].Size();
    if (batch["next"].IsString()) next_ = batch["next"].GetString();
  }

  std::int64_t count() const { return count_; }

 private:
  Connection connection_;
  std::string next_;
  std::int64_t count_ = 0;
};

int run(int argc, char** argv) {
  CLI::App app("Pulls events until it has them all", "bench_puller");
  std::uint16_t port = 0;
  std::string api_key = "bench";
  std::int64_t count = 0;
  app.add_option("--port", port)->required();
  app.add_option("--api-key", api_key);
  app.add_option("--count", count)->required();
  CLI11_PARSE(app, argc, argv);
  Subscriber subscriber(port, api_key);
  subscriber.pull(0);
  std::cout << "ready" << std::endl;
  while (subscriber.count() < count) subscriber.pull(10);
  std::cout << "{\"count\":" << subscriber.count() << ",\"ended_us\":" << now_us() << "}\n";
  return 0;
}

}  // namespace
}  // namespace tollgate::bench

int main(int argc, char** argv) {
  try {
    return tollgate::bench::run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "bench_puller: " << e.what() << "\n";
    return 1;
  }
}
