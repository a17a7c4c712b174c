// The same as bench_outbox through RabbitMQ: durable fanout, persistent messages, publisher
// confirms, one manual acknowledgement a message; and its delay queue, a TTL with a dead-letter
// exchange.
#include <amqp.h>
#include <amqp_tcp_socket.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <deque>
#include <iostream>
#include <stdexcept>
#include <thread>
#include <vector>

namespace tollgate::bench {
namespace {

struct Options {
  int port = 0;
  std::int64_t count = 30'000;
  std::size_t window = 256;
  std::size_t bytes = 500;
  std::int64_t rate = 0;
  std::int64_t gap_ms = 2'000;
};

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

amqp_bytes_t text(const char* value) {
  return amqp_cstring_bytes(value);
}

/// One connection with its channel 1. Throws std::runtime_error.
class Link {
 public:
  explicit Link(int port) : connection_(amqp_new_connection()) {
    amqp_socket_t* const socket = amqp_tcp_socket_new(connection_);
    if (!socket || amqp_socket_open(socket, "127.0.0.1", port) != AMQP_STATUS_OK)
      throw std::runtime_error("the broker cannot be reached");
    check(amqp_login(connection_, "/", 0, 131'072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest"));
    amqp_channel_open(connection_, 1);
    check(amqp_get_rpc_reply(connection_));
  }
  ~Link() {
    amqp_connection_close(connection_, AMQP_REPLY_SUCCESS);
    amqp_destroy_connection(connection_);
  }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  amqp_connection_state_t get() const { return connection_; }
  void check() { check(amqp_get_rpc_reply(connection_)); }

  void publish(const char* exchange, const char* key, const std::string& body) {
    amqp_basic_properties_t properties{};
    properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties.delivery_mode = 2;
    const amqp_bytes_t bytes{body.size(), const_cast<char*>(body.data())};
    if (amqp_basic_publish(connection_, 1, text(exchange), text(key), 0, 0, &properties, bytes) !=
        AMQP_STATUS_OK)
      throw std::runtime_error("the broker took no message");
  }

 private:
  static void check(const amqp_rpc_reply_t& reply) {
    if (reply.reply_type != AMQP_RESPONSE_NORMAL)
      throw std::runtime_error("the broker refused a call");
  }
  amqp_connection_state_t connection_;
};

/// Takes `count` messages of a queue, an acknowledgement each; `each(body)` for every one.
template <class Each>
void consume(int port, const char* queue, std::int64_t count, std::atomic<int>& ready, Each each) {
  Link link(port);
  amqp_basic_qos(link.get(), 1, 0, 300, 0);
  link.check();
  amqp_basic_consume(link.get(), 1, text(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
  link.check();
  ++ready;
  for (std::int64_t i = 0; i < count; ++i) {
    amqp_envelope_t envelope;
    amqp_maybe_release_buffers(link.get());
    const auto reply = amqp_consume_message(link.get(), &envelope, nullptr, 0);
    if (reply.reply_type != AMQP_RESPONSE_NORMAL)
      throw std::runtime_error("the broker sent no message");
    const auto& body = envelope.message.body;
    each(std::string(static_cast<const char*>(body.bytes), body.len));
    amqp_basic_ack(link.get(), 1, envelope.delivery_tag, 0);
    amqp_destroy_envelope(&envelope);
  }
}

/// Publishes with a bounded number of confirms outstanding.
class Publisher {
 public:
  Publisher(Link& link, const Options& options) : link_(link), options_(options) {
    amqp_confirm_select(link.get(), 1);
    link.check();
  }

  void run(const char* exchange) {
    const std::string body(options_.bytes, 'e');
    began_us_ = now_us();
    for (std::int64_t i = 0; i < options_.count; ++i) {
      if (options_.rate > 0) {
        const std::int64_t due = began_us_ + i * 1'000'000 / options_.rate;
        while (now_us() < due) wait_for_confirm(due - now_us());
      }
      while (sent_us_.size() >= options_.window) wait_for_confirm(1'000'000);
      sent_us_.push_back(now_us());
      link_.publish(exchange, "", body);
    }
    while (!sent_us_.empty()) wait_for_confirm(1'000'000);
  }

  std::int64_t began_us() const { return began_us_; }
  std::int64_t confirm_us(std::size_t percent) {
    std::ranges::sort(confirm_us_);
    return confirm_us_.at((confirm_us_.size() - 1) * percent / 100);
  }

 private:
  void wait_for_confirm(std::int64_t us) {
    timeval limit{us / 1'000'000, us % 1'000'000};
    amqp_frame_t frame;
    amqp_maybe_release_buffers(link_.get());
    const int status = amqp_simple_wait_frame_noblock(link_.get(), &frame, &limit);
    if (status == AMQP_STATUS_TIMEOUT) return;
    if (status != AMQP_STATUS_OK) throw std::runtime_error("the broker hung up");
    if (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD)
      throw std::runtime_error("the broker did not confirm");
    const auto* ack = static_cast<const amqp_basic_ack_t*>(frame.payload.method.decoded);
    for (; confirmed_ < ack->delivery_tag; ++confirmed_) {
      confirm_us_.push_back(now_us() - sent_us_.front());
      sent_us_.pop_front();
    }
  }

  Link& link_;
  const Options& options_;
  std::int64_t began_us_ = 0;
  std::uint64_t confirmed_ = 0;
  std::deque<std::int64_t> sent_us_;
  std::vector<std::int64_t> confirm_us_;
};

void declare_queue(Link& link, const char* name, const amqp_table_t& arguments) {
  amqp_queue_declare(link.get(), 1, text(name), 0, 1, 0, 0, arguments);
  link.check();
}

void publish(const Options& options) {
  Link link(options.port);
  amqp_exchange_declare(link.get(), 1, text("bench"), text("fanout"), 0, 1, 0, 0, amqp_empty_table);
  link.check();
  constexpr const char* queues[] = {"bench-one", "bench-two"};
  for (const char* queue : queues) {
    declare_queue(link, queue, amqp_empty_table);
    amqp_queue_bind(link.get(), 1, text(queue), text("bench"), amqp_empty_bytes, amqp_empty_table);
    link.check();
  }
  std::atomic<int> ready{0};
  std::vector<std::thread> consumers;
  for (const char* queue : queues)
    consumers.emplace_back(
        [&, queue] { consume(options.port, queue, options.count, ready, [](const auto&) {}); });
  while (ready < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  Publisher publisher(link, options);
  publisher.run("bench");
  for (auto& consumer : consumers) consumer.join();
  std::cout << "{\"count\":" << options.count << ",\"took_us\":" << now_us() - publisher.began_us()
            << ",\"confirm_p50_us\":" << publisher.confirm_us(50)
            << ",\"confirm_p99_us\":" << publisher.confirm_us(99) << "}\n";
}

/// A queue whose messages die into another one after the gap; how late they come there.
void delays(const Options& options) {
  Link link(options.port);
  declare_queue(link, "bench-due", amqp_empty_table);
  amqp_table_entry_t entries[3] = {};
  entries[0] = {text("x-message-ttl"), {AMQP_FIELD_KIND_I32, {}}};
  entries[0].value.value.i32 = static_cast<std::int32_t>(options.gap_ms);
  entries[1] = {text("x-dead-letter-exchange"), {AMQP_FIELD_KIND_UTF8, {}}};
  entries[1].value.value.bytes = amqp_empty_bytes;
  entries[2] = {text("x-dead-letter-routing-key"), {AMQP_FIELD_KIND_UTF8, {}}};
  entries[2].value.value.bytes = text("bench-due");
  declare_queue(link, "bench-waiting", amqp_table_t{3, entries});
  std::atomic<int> ready{0};
  std::vector<std::int64_t> late_us;
  std::thread consumer([&] {
    consume(options.port, "bench-due", options.count, ready, [&](const std::string& body) {
      late_us.push_back(now_us() - std::stoll(body) - options.gap_ms * 1000);
    });
  });
  while (ready < 1) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const std::int64_t began_us = now_us();
  for (std::int64_t i = 0; i < options.count; ++i) {
    const std::int64_t due_us = began_us + i * 1'000'000 / options.rate;
    std::this_thread::sleep_until(
        std::chrono::steady_clock::time_point(std::chrono::microseconds(due_us)));
    link.publish("", "bench-waiting", std::to_string(now_us()));
  }
  consumer.join();
  std::ranges::sort(late_us);
  std::cout << "{\"count\":" << late_us.size() << ",\"min_us\":" << late_us.front()
            << ",\"p50_us\":" << late_us.at(late_us.size() / 2)
            << ",\"p99_us\":" << late_us.at(late_us.size() * 99 / 100)
            << ",\"max_us\":" << late_us.back() << "}\n";
}

int run(int argc, char** argv) {
  CLI::App app("Events and delays through RabbitMQ", "bench_broker");
  app.require_subcommand(1);
  Options options;
  app.add_option("--port", options.port, "of the broker on 127.0.0.1")->required();
  app.add_option("--count", options.count);
  app.add_option("--window", options.window, "confirms under way");
  app.add_option("--bytes", options.bytes, "of a message");
  app.add_option("--rate", options.rate, "messages a second; publish: 0 is at once");
  app.add_option("--gap-ms", options.gap_ms, "delays: time to live");
  app.add_subcommand("publish")->callback([&] { publish(options); })->fallthrough();
  app.add_subcommand("delays")->callback([&] { delays(options); })->fallthrough();
  CLI11_PARSE(app, argc, argv);
  return 0;
}

}  // namespace
}  // namespace tollgate::bench

int main(int argc, char** argv) {
  try {
    return tollgate::bench::run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "bench_broker: " << e.what() << "\n";
    return 1;
  }
}
