// A cheap WeChat Pay for payments: every answer was signed before the clock started, so that what
// is measured is our side alone. Each code is another one, as at the channel.
#include <CLI/CLI.hpp>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <iostream>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "bench/wechat.hpp"
#include "net/server.hpp"

namespace tollgate::bench {
namespace {

struct Answer {
  std::string body, timestamp, nonce, signature;
};

std::vector<Answer> make_answers(EVP_PKEY* key, int count) {
  const auto now_s = std::chrono::duration_cast<std::chrono::seconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
  std::vector<Answer> answers(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < answers.size(); ++i) {
    auto& [body, timestamp, nonce, signature] = answers[i];
    const std::string number = std::to_string(100'000 + i);
    body = R"({"code_url":"weixin://wxpay/bizpayurl?pr=Bench)" + number +
           R"(zz","h5_url":"https://wx.example/checkmweb?prepay_id=bench)" + number + R"("})";
    timestamp = std::to_string(now_s);
    nonce = "answer" + number;
    std::string message = timestamp + "\n";
    message.append(nonce).append("\n").append(body).append("\n");
    signature = base64(sign(key, message));
  }
  return answers;
}

void serve(const std::string& key_file, const std::string& serial, int count) {
  boost::asio::io_context signals_io;
  boost::asio::signal_set signals(signals_io, SIGTERM, SIGINT);
  signals.async_wait([](const boost::system::error_code&, int) {});
  const Key key = read_private_key(key_file);
  const auto answers = make_answers(key.get(), count);
  std::atomic<std::size_t> next{0};
  SystemClock clock;
  SystemRandom random;
  Metrics metrics;
  auto handler = [&](net::Request&) -> net::Awaitable<net::Response> {
    const auto& answer = answers[next++ % answers.size()];
    net::Response response(200, "application/json", answer.body);
    response.headers.add("Wechatpay-Serial", serial);
    response.headers.add("Wechatpay-Timestamp", answer.timestamp);
    response.headers.add("Wechatpay-Nonce", answer.nonce);
    response.headers.add("Wechatpay-Signature", answer.signature);
    response.headers.add("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048");
    co_return response;
  };
  net::ServerOptions options;
  options.threads = 1;
  net::Server server(options, handler, clock, random, metrics);
  server.start();
  std::cout << server.port() << std::endl;
  signals_io.run();
  server.drain(1'000);
}

int run(int argc, char** argv) {
  CLI::App app("A stand-in for WeChat Pay; prints its port", "bench_channel");
  std::string key_file, serial;
  int count = 2'000;
  app.add_option("--platform-key", key_file)->required();
  app.add_option("--serial", serial)->required();
  app.add_option("--answers", count, "answers signed in advance, then used in turn");
  CLI11_PARSE(app, argc, argv);
  serve(key_file, serial, count);
  return 0;
}

}  // namespace
}  // namespace tollgate::bench

int main(int argc, char** argv) {
  try {
    return tollgate::bench::run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "bench_channel: " << e.what() << "\n";
    return 1;
  }
}
