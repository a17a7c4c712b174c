// The product's own outbox, delay queue and deliverer without the business around them, for the
// comparison with a message broker. Three subcommands, each a line of JSON at the end:
//   publish   appends events with a window of confirmations under way, serves the events feed, and
//             delivers to webhooks where such are named
//   delays    schedules jobs and says how late each began
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <iostream>
#include <thread>

#include "api/gate.hpp"
#include "base/crypto.hpp"
#include "db/migrate.hpp"
#include "net/client.hpp"
#include "net/server.hpp"
#include "notify/notify.hpp"
#include "notify/webhook_service.hpp"
#include "outbox/jobs.hpp"

namespace tollgate::bench {
namespace {

namespace asio = boost::asio;

struct Options {
  std::string database, api_key = "bench";
  std::vector<std::string> webhooks;
  std::int64_t count = 30'000;
  int window = 256;
  std::size_t bytes = 500;
  std::int64_t rate = 0;
  std::int64_t gap_ms = 2'000;
};

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::int64_t wall_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// A thread with a context that runs until it is let go.
class Runner {
 public:
  Runner() : thread_([this] { context_.run(); }) {}
  ~Runner() {
    guard_.reset();
    thread_.join();
  }
  asio::io_context& context() { return context_; }
  template <class Awaitable>
  auto wait(Awaitable awaitable) {
    return asio::co_spawn(context_, std::move(awaitable), asio::use_future).get();
  }

 private:
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard_{context_.get_executor()};
  std::thread thread_;
};

struct House {
  explicit House(const Options& options) {
    db::Options database_options;
    database_options.url = "sqlite:" + options.database;
    database = db::Database::open(database_options, [] { std::abort(); });
    db::migrate(*database);
  }
  SystemClock clock;
  SystemRandom random;
  Metrics metrics;
  Snowflake ids{clock, 1, TimeMs{0}};
  std::unique_ptr<db::Database> database;
};

class Publisher {
 public:
  Publisher(House& house, outbox::Outbox& outbox, const Options& options)
      : house_(house),
        outbox_(outbox),
        options_(options),
        data_("{\"text\":\"" + std::string(options.bytes - 11, 'e') + "\"}") {
    confirm_us_.reserve(static_cast<std::size_t>(options.count));
  }

  /// One of the window's places: appends and waits for the commit, until all are appended.
  asio::awaitable<void> publish() {
    while (begun_ < options_.count) {
      const std::int64_t number = begun_++;
      if (options_.rate > 0) co_await until(began_us_ + number * 1'000'000 / options_.rate);
      const std::int64_t sent_us = now_us();
      auto work = [&](db::Tx& tx) {
        return outbox_.append(tx, outbox::Event("order.paid", OrderId(), data_));
      };
      co_await house_.database->write(work);
      confirm_us_.push_back(now_us() - sent_us);
    }
  }

  void run(Runner& runner) {
    began_us_ = now_us();
    std::vector<std::future<void>> places;
    for (int i = 0; i < options_.window; ++i)
      places.push_back(asio::co_spawn(runner.context(), publish(), asio::use_future));
    for (auto& place : places) place.get();
    ended_us_ = now_us();
  }

  void report() {
    std::ranges::sort(confirm_us_);
    const auto share = [&](std::size_t percent) {
      return confirm_us_.at((confirm_us_.size() - 1) * percent / 100);
    };
    std::cout << "{\"count\":" << options_.count << ",\"began_us\":" << began_us_
              << ",\"ended_us\":" << ended_us_ << ",\"confirm_p50_us\":" << share(50)
              << ",\"confirm_p99_us\":" << share(99) << "}" << std::endl;
  }

 private:
  static asio::awaitable<void> until(std::int64_t us) {
    if (us <= now_us()) co_return;
    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_at(std::chrono::steady_clock::time_point(std::chrono::microseconds(us)));
    co_await timer.async_wait(asio::use_awaitable);
  }

  House& house_;
  outbox::Outbox& outbox_;
  const Options& options_;
  const std::string data_;
  std::int64_t begun_ = 0;  // on the runner's thread
  std::int64_t began_us_ = 0, ended_us_ = 0;
  std::vector<std::int64_t> confirm_us_;
};

std::vector<api::ApiKey> keys_of(const Options& options) {
  api::ApiKey key;
  key.name = "bench";
  key.role = api::Role::admin;
  key.sha256_hex = hex_lower(sha256(options.api_key));
  return {key};
}

notify::Options notify_options() {
  notify::Options options;
  options.policy.allow_private_networks = true;
  options.master_key = Secret<std::string>(std::string(32, 'k'));
  return options;
}

/// The webhooks are registered by a request each, as anybody would.
void add_webhooks(const Options& options, std::uint16_t port) {
  SystemClock clock;
  for (const auto& url : options.webhooks) {
    net::ClientRequest request(net::Method::post,
                               "http://127.0.0.1:" + std::to_string(port) + "/v1/webhooks");
    request.headers.add("Authorization", "Bearer " + options.api_key);
    request.headers.add("Content-Type", "application/json");
    request.body = R"({"url":")" + url + R"(","events":["*"]})";
    asio::io_context context(1);
    net::Client client({}, clock);
    auto answer = asio::co_spawn(context, client.send(request), asio::use_future);
    context.run();
    if (answer.get().status != 201) throw std::runtime_error("a webhook was refused");
  }
}

/// Says its port, waits for a line on standard input, publishes, reports, waits for another line.
void publish(const Options& options) {
  House house(options);
  Runner background;
  outbox::Outbox outbox(house.ids, house.clock);
  api::Idempotency idempotency(house.clock);
  api::KeyRing keys;
  keys.replace(keys_of(options));
  api::Gate gate(*house.database, idempotency, keys, house.clock, house.metrics);
  net::Server server(
      net::ServerOptions{}, [&](net::Request& request) { return gate.handle(request); },
      house.clock, house.random, house.metrics);
  net::Client client(net::ClientOptions{}, house.clock);
  notify::Notify notify({*house.database, outbox, idempotency, client, house.ids, house.clock,
                         house.random, house.metrics},
                        notify_options());
  gate.add(notify.routes());
  notify.start(background.context().get_executor(), true);
  server.start();
  add_webhooks(options, server.port());
  std::cout << server.port() << std::endl;
  std::string line;
  std::getline(std::cin, line);
  {
    Runner runner;
    Publisher publisher(house, outbox, options);
    publisher.run(runner);
    publisher.report();
  }
  std::getline(std::cin, line);
  server.drain(1'000);
  background.wait(notify.stop());
  house.database->stop();
  client.close_idle();
}

/// All jobs are scheduled for one stretch of time, the first of them far later than the others: who
/// queues by arrival would hold them back.
void delays(const Options& options) {
  House house(options);
  std::vector<std::int64_t> late_us;
  std::promise<void> all;
  {
    Runner background;
    outbox::Jobs jobs(*house.database, house.ids, house.clock, house.metrics);
    jobs.handle(
        "bench",
        [&](const outbox::Job& job) -> asio::awaitable<outbox::JobResult> {
          late_us.push_back(wall_us() - job.due.ms * 1000);
          if (late_us.size() == static_cast<std::size_t>(options.count)) all.set_value();
          co_return std::nullopt;
        },
        64);
    jobs.start(background.context().get_executor(), true);
    const TimeMs due = house.clock.now().plus_ms(options.gap_ms);
    auto schedule = [&](db::Tx& tx) {
      jobs.schedule(tx, "bench", options.count, due.plus_ms(3'600'000));
      for (std::int64_t i = 0; i < options.count; ++i)
        jobs.schedule(tx, "bench", i, due.plus_ms(i * 1000 / options.rate));
      return true;
    };
    house.database->write_blocking(schedule);
    all.get_future().wait();
    background.wait(jobs.stop());
  }
  house.database->stop();
  std::ranges::sort(late_us);
  std::cout << "{\"count\":" << late_us.size() << ",\"min_us\":" << late_us.front()
            << ",\"p50_us\":" << late_us.at(late_us.size() / 2)
            << ",\"p99_us\":" << late_us.at(late_us.size() * 99 / 100)
            << ",\"max_us\":" << late_us.back() << "}\n";
}

int run(int argc, char** argv) {
  CLI::App app("The product's outbox beside a broker", "bench_outbox");
  app.require_subcommand(1);
  Options options;
  app.add_option("--database", options.database)->required();
  app.add_option("--api-key", options.api_key);
  app.add_option("--webhook", options.webhooks, "URL; may be given several times");
  app.add_option("--count", options.count);
  app.add_option("--window", options.window, "confirmations under way");
  app.add_option("--bytes", options.bytes, "of an event's data");
  app.add_option("--rate", options.rate, "events or due jobs a second; publish: 0 is at once");
  app.add_option("--gap-ms", options.gap_ms, "delays: until the first is due");
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
    std::cerr << "bench_outbox: " << e.what() << "\n";
    return 1;
  }
}
