// Makes the files of requests that the loader sends: notices (signed, sealed), orders, payments.
#include <CLI/CLI.hpp>
#include <chrono>
#include <fstream>
#include <iostream>
#include <thread>
#include <vector>

#include "bench/requests.hpp"
#include "bench/wechat.hpp"

namespace tollgate::bench {
namespace {

struct Options {
  std::string out;
  std::int64_t count = 0;
  std::int64_t first = 1;  // of the numbers that make each request another
  std::string platform_key, serial, api_v3_key;
  std::string api_key;
  std::string ids;  // a file of ids, one a line
  std::string method = "h5";
};

std::int64_t now_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::vector<std::string> read_lines(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Numbers of trades that no book holds, unless a file names such that do.
std::string pay_no_of(const std::vector<std::string>& ids, std::int64_t number) {
  if (ids.empty()) return std::to_string(1'000'000'000'000 + number);
  return ids.at(static_cast<std::size_t>(number) % ids.size());
}

void make_notices(const Options& options) {
  const Key key = read_private_key(options.platform_key);
  const Signer signer{key.get(), options.serial};
  const auto ids = options.ids.empty() ? std::vector<std::string>() : read_lines(options.ids);
  const std::string path = "/callbacks/" + std::string(account_id);
  std::vector<std::string> requests(static_cast<std::size_t>(options.count));
  const auto sign_every = [&](std::size_t begin, std::size_t step) {
    for (std::size_t i = begin; i < requests.size(); i += step) {
      const std::int64_t number = options.first + static_cast<std::int64_t>(i);
      const std::string body =
          notice_body(options.api_v3_key, number, pay_no_of(ids, static_cast<std::int64_t>(i)));
      const std::string nonce = "bench" + std::to_string(1'000'000'000'000 + number);
      requests[i] = post(path, signature_lines(signer, now_s(), nonce, body), body);
    }
  };
  const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::thread> signers;
  for (std::size_t i = 0; i < threads; ++i) signers.emplace_back(sign_every, i, threads);
  for (auto& each : signers) each.join();
  RequestWriter out(options.out);
  for (const auto& request : requests) out.add(request);
  out.finish();
}

std::string merchant_lines(const Options& options, const std::string& idempotency_key) {
  return "Authorization: Bearer " + options.api_key + "\r\nIdempotency-Key: " + idempotency_key +
         "\r\n";
}

/// One item each, of goods whose stock is managed; a thousand buyers.
void make_orders(const Options& options) {
  RequestWriter out(options.out);
  for (std::int64_t i = 0; i < options.count; ++i) {
    const std::string number = std::to_string(options.first + i);
    const std::string goods = "course-" + std::to_string(i % 100);
    const std::string body =
        R"({"user_id":"u-)" + std::to_string(i % 1000) + R"(","business_id":"pick-)" + number +
        R"(","order_type":"course","currency":"CNY","amount":9900,"description":"C++ in 30 days",)"
        R"("items":[{"goods_id":")" +
        goods +
        R"(","goods_type":"course","name":"C++ in 30 days","unit_price":9900,"quantity":1}],)"
        R"("expires_in":86400,"metadata":{"campaign":"spring"}})";
    out.add(post("/v1/orders", merchant_lines(options, "bench-order-" + number), body));
  }
  out.finish();
}

/// One for each order of the file of ids.
void make_payments(const Options& options) {
  RequestWriter out(options.out);
  const std::string body = R"({"account_id":")" + std::string(account_id) + R"(","method":")" +
                           options.method + R"(","client_ip":"203.0.113.9"})";
  for (const auto& id : read_lines(options.ids))
    out.add(
        post("/v1/orders/" + id + "/payments", merchant_lines(options, "bench-pay-" + id), body));
  out.finish();
}

int run(int argc, char** argv) {
  CLI::App app("Makes files of requests", "bench_make");
  app.require_subcommand(1);
  Options options;
  app.add_option("--out", options.out)->required();
  app.add_option("--count", options.count);
  app.add_option("--first", options.first, "the first of the numbers that tell requests apart");
  app.add_option("--ids", options.ids, "payments: orders' ids; notices: numbers of trades");
  app.add_option("--method", options.method, "payments: how the buyer pays");
  app.add_option("--api-key", options.api_key);
  app.add_option("--platform-key", options.platform_key);
  app.add_option("--serial", options.serial);
  app.add_option("--api-v3-key", options.api_v3_key);
  app.add_subcommand("notices")->callback([&] { make_notices(options); })->fallthrough();
  app.add_subcommand("orders")->callback([&] { make_orders(options); })->fallthrough();
  app.add_subcommand("payments")->callback([&] { make_payments(options); })->fallthrough();
  CLI11_PARSE(app, argc, argv);
  return 0;
}

}  // namespace
}  // namespace tollgate::bench

int main(int argc, char** argv) {
  try {
    return tollgate::bench::run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "bench_make: " << e.what() << "\n";
    return 1;
  }
}
