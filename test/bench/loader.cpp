// Sends ready-made requests over keep-alive connections and says how long the answers took. One
// thread, epoll. With --rate the arrivals are paced and a latency counts from the moment at which
// the request was due, so that a server that stalls cannot hide its queue.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <deque>
#include <iostream>
#include <map>
#include <memory>

#include "bench/requests.hpp"

namespace tollgate::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::int64_t patience_us = 30'000'000;  // for what is under way at the end

struct Options {
  std::string file;
  std::string stamps;
  std::uint16_t port = 0;
  std::size_t connections = 64;
  std::size_t depth = 1;  // requests under way on one connection
  std::size_t first = 0;
  std::size_t count = 0;          // 0: to the end of the file
  std::int64_t rate = 0;          // 0: as fast as answers come
  std::int64_t limit_ms = 5'000;  // then no more is sent, and what is under way is awaited
};

struct Connection {
  int fd = -1;
  std::string_view out;  // what of the requests under way is still to be sent
  std::deque<std::string_view> more;
  std::deque<std::int64_t> due_us;  // of each request that waits for its answer
  std::string in;
  std::size_t under_way() const { return due_us.size(); }
};

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             SteadyClock::now().time_since_epoch())
      .count();
}

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const int on = 1;
  if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
    throw std::runtime_error("cannot connect to port " + std::to_string(port));
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return fd;
}

/// The size of the first whole answer in `in`; 0 while it is not whole.
std::size_t answer_size(std::string_view in) {
  const auto head = in.find("\r\n\r\n");
  if (head == std::string_view::npos) return 0;
  constexpr std::string_view name = "\r\ncontent-length: ";
  const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
  const auto at = std::search(in.begin(), in.begin() + head, name.begin(), name.end(), same);
  std::size_t body = 0;
  if (at != in.begin() + head) {
    const char* digits = &*at + name.size();
    std::from_chars(digits, in.data() + head, body);
  }
  const std::size_t whole = head + 4 + body;
  return in.size() >= whole ? whole : 0;
}

class Load {
 public:
  Load(const Options& options, const std::vector<std::string_view>& all) : options_(options) {
    const std::size_t first = std::min(options.first, all.size());
    const std::size_t left = all.size() - first;
    const std::size_t count = options.count ? std::min(options.count, left) : left;
    requests_.assign(all.begin() + static_cast<std::ptrdiff_t>(first),
                     all.begin() + static_cast<std::ptrdiff_t>(first + count));
    latencies_us_.reserve(count);
    due_.reserve(count);
    epoll_ = ::epoll_create1(0);
    if (options.rate > 0) open_pacer();
    for (std::size_t i = 0; i < options.connections; ++i) open();
  }
  ~Load() {
    for (const auto& connection : connections_) ::close(connection->fd);
    if (pacer_ >= 0) ::close(pacer_);
    ::close(epoll_);
  }

  void run() {
    began_us_ = now_us();
    const std::int64_t end_us = began_us_ + options_.limit_ms * 1000;
    feed();
    while (latencies_us_.size() < requests_.size()) {
      if (now_us() >= end_us) requests_.resize(next_);
      if (now_us() >= end_us + patience_us) break;
      epoll_event events[256];
      set_pacer();
      const int count = ::epoll_wait(epoll_, events, std::size(events), 100);
      for (int i = 0; i < count; ++i)
        if (events[i].data.ptr) serve(*static_cast<Connection*>(events[i].data.ptr));
      feed();
    }
    took_us_ = now_us() - began_us_;
  }

  /// The microsecond at which each request was due, one a line.
  void write_stamps(const std::string& path) const {
    std::ofstream out(path);
    for (const auto us : due_) out << us << '\n';
  }

  void report() {
    std::ranges::sort(latencies_us_);
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto cpu_us = [](const timeval& t) { return t.tv_sec * 1'000'000 + t.tv_usec; };
    std::cout << "{\"sent\":" << requests_.size() << ",\"answered\":" << latencies_us_.size()
              << ",\"took_us\":" << took_us_ << ",\"p50_us\":" << share(500)
              << ",\"p99_us\":" << share(990) << ",\"p999_us\":" << share(999)
              << ",\"max_us\":" << share(1000)
              << ",\"cpu_us\":" << cpu_us(usage.ru_utime) + cpu_us(usage.ru_stime)
              << ",\"statuses\":{";
    const char* comma = "";
    for (const auto& [status, count] : statuses_) {
      std::cout << comma << '"' << status << "\":" << count;
      comma = ",";
    }
    std::cout << "}}\n";
  }

 private:
  void open() {
    auto connection = std::make_unique<Connection>();
    connection->fd = connect_to(options_.port);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = connection.get();
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection->fd, &event);
    idle_.push_back(connection.get());
    connections_.push_back(std::move(connection));
  }

  std::int64_t due_us(std::size_t number) const {
    return began_us_ + static_cast<std::int64_t>(number) * 1'000'000 / options_.rate;
  }

  /// Wakes a paced run when a request is due. To look all the time would take a core from the
  /// server; waking late counts as the answer's time.
  void open_pacer() {
    ::prctl(PR_SET_TIMERSLACK, 1UL);
    pacer_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, pacer_, &event);
  }

  void set_pacer() {
    if (pacer_ < 0 || next_ == requests_.size() || idle_.empty()) return;
    const std::int64_t due = due_us(next_);
    itimerspec at{};
    at.it_value.tv_sec = due / 1'000'000;
    at.it_value.tv_nsec = due % 1'000'000 * 1'000 + 1;  // 0 would be never
    ::timerfd_settime(pacer_, TFD_TIMER_ABSTIME, &at, nullptr);
  }

  void feed() {
    while (next_ < requests_.size() && !idle_.empty()) {
      std::int64_t due = now_us();
      if (options_.rate > 0) {
        if (due_us(next_) > due) return;
        due = due_us(next_);
      }
      due_.push_back(due);
      Connection& connection = *idle_.front();
      connection.more.push_back(requests_[next_++]);
      connection.due_us.push_back(due);
      if (connection.under_way() == options_.depth) idle_.pop_front();
      send(connection);
    }
  }

  void send(Connection& connection) {
    while (true) {
      if (connection.out.empty()) {
        if (connection.more.empty()) return want(connection, false);
        connection.out = connection.more.front();
        connection.more.pop_front();
      }
      const ssize_t sent = ::send(connection.fd, connection.out.data(), connection.out.size(),
                                  MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0 && errno == EAGAIN) return want(connection, true);
      if (sent < 0) throw std::runtime_error("the server hung up");
      connection.out.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  void want(Connection& connection, bool write) {
    if (!write && !waiting_to_write_) return;
    epoll_event event{};
    event.events = write ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.ptr = &connection;
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.fd, &event);
    waiting_to_write_ = waiting_to_write_ || write;
  }

  void serve(Connection& connection) {
    if (!connection.out.empty()) send(connection);
    char bytes[65'536];
    const ssize_t got = ::recv(connection.fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) throw std::runtime_error("the server hung up");
    connection.in.append(bytes, static_cast<std::size_t>(got));
    std::size_t done = 0;
    while (const std::size_t size = answer_size(std::string_view(connection.in).substr(done))) {
      take(connection, std::string_view(connection.in).substr(done, size));
      done += size;
    }
    connection.in.erase(0, done);
  }

  void take(Connection& connection, std::string_view answer) {
    if (connection.under_way() == 0) throw std::runtime_error("an answer to no request");
    ++statuses_[std::string(answer.substr(9, 3))];
    latencies_us_.push_back(static_cast<std::uint32_t>(now_us() - connection.due_us.front()));
    if (connection.under_way() == options_.depth) idle_.push_back(&connection);
    connection.due_us.pop_front();
  }

  std::uint32_t share(std::size_t per_mille) const {
    if (latencies_us_.empty()) return 0;
    return latencies_us_[std::min(latencies_us_.size() * per_mille / 1000,
                                  latencies_us_.size() - 1)];
  }

  Options options_;
  std::vector<std::string_view> requests_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::deque<Connection*> idle_;  // with room for another request
  std::vector<std::uint32_t> latencies_us_;
  std::vector<std::int64_t> due_;
  std::map<std::string, std::size_t> statuses_;
  std::size_t next_ = 0;
  std::int64_t began_us_ = 0;
  std::int64_t took_us_ = 0;
  int pacer_ = -1;
  int epoll_ = -1;
  bool waiting_to_write_ = false;
};

int run(int argc, char** argv) {
  CLI::App app("Sends ready-made HTTP requests and measures", "bench_load");
  Options options;
  app.add_option("--requests", options.file, "file of bench_make")->required();
  app.add_option("--port", options.port, "on 127.0.0.1")->required();
  app.add_option("--connections", options.connections);
  app.add_option("--depth", options.depth, "requests under way on one connection");
  app.add_option("--first", options.first, "requests of the file to leave out");
  app.add_option("--count", options.count, "requests to send; 0: all");
  app.add_option("--rate", options.rate, "requests a second; 0: as fast as answers come");
  app.add_option("--stamps", options.stamps, "file for the time at which each request was due");
  app.add_option("--limit-ms", options.limit_ms, "send nothing more after this time");
  CLI11_PARSE(app, argc, argv);
  const RequestFile file(options.file);
  Load load(options, file.requests());
  load.run();
  if (!options.stamps.empty()) load.write_stamps(options.stamps);
  load.report();
  return 0;
}

}  // namespace
}  // namespace tollgate::bench

int main(int argc, char** argv) {
  try {
    return tollgate::bench::run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "bench_load: " << e.what() << "\n";
    return 1;
  }
}
