// The bare pipeline: the project's HTTP server, and behind it what no durable receiver of notices
// can leave out. Also the same server with a flat answer alone, for the sum of the parts.
#include <CLI/CLI.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <iostream>
#include <optional>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "bench/inbox.hpp"
#include "bench/notice_check.hpp"
#include "net/server.hpp"

namespace tollgate::bench {
namespace {

namespace asio = boost::asio;

struct Options {
  std::string database, platform_key, api_v3_key;
  int threads = 2;
};

class Pipeline {
 public:
  explicit Pipeline(const Options& options)
      : api_v3_key_(options.api_v3_key),
        key_(read_public_key(options.platform_key)),
        inbox_(options.database) {}

  net::Awaitable<net::Response> handle(net::Request& request) {
    thread_local NoticeCheck check(key_.get(), api_v3_key_);
    const auto field = [&](const char* name) { return request.headers.find(name).value_or(""); };
    Notice notice;
    const bool genuine = check.verify(field("Wechatpay-Timestamp"), field("Wechatpay-Nonce"),
                                      request.body, field("Wechatpay-Signature")) &&
                         NoticeCheck::parse(request.body, notice) && check.open(notice);
    if (!genuine) co_return net::Response(401, "application/json", R"({"code":"FAIL"})");
    co_await keep(std::move(notice.event_id), request.body);
    co_return net::Response(200, "application/json", R"({"code":"SUCCESS","message":"OK"})");
  }

 private:
  net::Awaitable<void> keep(std::string event_id, const std::string& body) {
    const auto executor = co_await asio::this_coro::executor;
    const auto start = [&](auto handler) {
      // std::function wants to copy what it holds; the handler can only be moved.
      auto shared = std::make_shared<decltype(handler)>(std::move(handler));
      inbox_.add({std::move(event_id), body,
                  [executor, shared] { asio::post(executor, std::move(*shared)); }});
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(start,
                                                                          asio::use_awaitable);
  }

  const std::string api_v3_key_;
  const Key key_;
  Inbox inbox_;
};

net::Awaitable<net::Response> flat(net::Request&) {
  co_return net::Response(200, "application/json", R"({"code":"SUCCESS","message":"OK"})");
}

void serve(const Options& options) {
  asio::io_context signals_io;
  asio::signal_set signals(signals_io, SIGTERM, SIGINT);
  signals.async_wait([](const boost::system::error_code&, int) {});
  SystemClock clock;
  SystemRandom random;
  Metrics metrics;
  std::optional<Pipeline> pipeline;
  net::Server::RequestHandler handler = flat;
  if (!options.database.empty()) {
    pipeline.emplace(options);
    handler = [&pipeline](net::Request& request) { return pipeline->handle(request); };
  }
  net::ServerOptions server_options;
  server_options.threads = options.threads;
  net::Server server(server_options, handler, clock, random, metrics);
  server.start();
  std::cout << server.port() << std::endl;
  signals_io.run();
  server.drain(1'000);
}

int run(int argc, char** argv) {
  CLI::App app("The bare pipeline of notices; prints its port", "bench_pipeline");
  Options options;
  app.add_option("--database", options.database, "a new file; left out: answers alone");
  app.add_option("--platform-key", options.platform_key);
  app.add_option("--api-v3-key", options.api_v3_key);
  app.add_option("--threads", options.threads);
  CLI11_PARSE(app, argc, argv);
  serve(options);
  return 0;
}

}  // namespace
}  // namespace tollgate::bench

int main(int argc, char** argv) {
  try {
    return tollgate::bench::run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "bench_pipeline: " << e.what() << "\n";
    return 1;
  }
}
