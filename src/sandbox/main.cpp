#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <charconv>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "net/server.hpp"
#include "sandbox/simulator.hpp"

namespace {

using namespace tollgate;

constexpr std::int64_t drain_ms = 1'000;

constexpr const char* description =
    "Plays the payment channels' side on one port, with real keys, real signature checks and real "
    "signed\n"
    "notices, so that an integration can be tested without a merchant account: WeChat Pay v3, "
    "Alipay,\n"
    "PayPal and iPayLinks, each at its own paths.";

constexpr const char* footer =
    "Example:\n"
    "  tollgate-sandbox --listen 127.0.0.1:9090 --keys ./sandbox-keys\n"
    "  DIR/accounts.json then holds ready `accounts` for Tollgate's configuration;\n"
    "  http://127.0.0.1:9090/_sandbox/phone is the buyer's phone;\n"
    "  curl -d '{\"out_trade_no\":\"T1\"}' http://127.0.0.1:9090/_sandbox/pay pays a trade.\n"
    "The control interface is open to whoever reaches the port: keep it on a private address.";

struct Address {
  std::string host;
  std::uint16_t port = 0;
};

std::optional<Address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string_view port = text.substr(colon + 1);
  Address out{std::string(host), 0};
  const auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (port.empty() || code != std::errc() || end != port.data() + port.size()) return std::nullopt;
  return out;
}

std::string with_port(std::string_view host, std::uint16_t port) {
  const bool v6 = host.find(':') != std::string_view::npos;
  return (v6 ? "[" + std::string(host) + "]" : std::string(host)) + ":" + std::to_string(port);
}

/// How this machine reaches an address that was listened on.
std::string reachable(const std::string& host) {
  if (host == "0.0.0.0") return "127.0.0.1";
  if (host == "::") return "::1";
  return host;
}

struct Options {
  std::string listen = "127.0.0.1:9090";
  std::string keys;
  std::string time_scale = "1";
  std::string public_url;
  std::string bills_from = "now";
};

void run(const Options& options) {
  const auto address = parse_address(options.listen);
  if (!address) throw std::runtime_error("--listen must be ADDRESS:PORT");
  const auto scale = sandbox::TimeScale::parse(options.time_scale);
  if (!scale)
    throw std::runtime_error("--time-scale must be a decimal from 0 to 1000, such as 0.01");

  const auto bills_from = sandbox::read_bills_from(options.bills_from);
  if (!bills_from)
    throw std::runtime_error("--bills-from must be now, or a time of day such as 10:00");

  // Signals are caught from the first moment, so that none is lost while keys are made.
  boost::asio::io_context signals_io;
  boost::asio::signal_set signals(signals_io, SIGTERM, SIGINT);
  signals.async_wait([](const boost::system::error_code&, int) {});

  SystemClock clock;
  SystemRandom random;
  Metrics metrics;
  sandbox::Simulator simulator(options.keys, *scale, clock, random);
  sandbox::Bills::Policy bills = simulator.bills().policy();
  bills.from_min = bills_from->minutes;
  simulator.bills().set_policy(bills);
  net::ServerOptions server_options;
  server_options.address = address->host;
  server_options.port = address->port;
  auto handler = [&simulator](net::Request& request) { return simulator.handle(request); };
  net::Server server(server_options, handler, clock, random, metrics);
  server.start();
  const std::string url = options.public_url.empty()
                              ? "http://" + with_port(reachable(address->host), server.port())
                              : options.public_url;
  simulator.publish(url);
  log::info("sandbox.ready", {{"listen", with_port(address->host, server.port())},
                              {"url", url},
                              {"phone", url + "/_sandbox/phone"}});
  signals_io.run();
  log::info("sandbox.stopping");
  server.drain(drain_ms);
  simulator.stop();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(description, "tollgate-sandbox");
  app.footer(footer);
  Options options;
  app.add_option("--listen", options.listen, "ADDRESS:PORT to listen on; port 0 takes any free one")
      ->capture_default_str();
  app.add_option("--keys", options.keys,
                 "folder for keys and accounts.json; filled on the first start, kept afterwards")
      ->required();
  app.add_option("--time-scale", options.time_scale,
                 "factor on the gaps between tries of a notice and on its delays, such as 0.01")
      ->capture_default_str();
  app.add_option("--public-url", options.public_url,
                 "where clients reach the simulator; default: the address listened on");
  app.add_option("--bills-from", options.bills_from,
                 "from when a day's bill can be had: now (during the day, too), or a time of the "
                 "next day such as 10:00")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    run(options);
    return 0;
  } catch (const std::exception& e) {
    log::error("sandbox.failed", {{"reason", e.what()}});
    return 1;
  }
}
