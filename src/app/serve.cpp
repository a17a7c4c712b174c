#include "app/serve.hpp"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_future.hpp>
#include <csignal>
#include <iostream>
#include <optional>

#include "app/application.hpp"
#include "app/commands.hpp"
#include "app/confirmed.hpp"
#include "app/master_key.hpp"
#include "base/fault.hpp"
#include "base/log.hpp"
#include "db/migrate.hpp"
#include "net/client.hpp"

namespace tollgate::app {
namespace {

constexpr std::int64_t healthcheck_timeout_ms = 5'000;

/// The configuration, or nothing after its problems were printed.
std::optional<Config> read_or_complain(const std::string& file) {
  auto config = load_config(file);
  if (config) return std::move(*config);
  print_problems(file, config.error().list, std::cerr);
  return std::nullopt;
}

/// Ends the process as it stands: the storage is broken, a destructor could wait for ever.
[[noreturn]] void give_up() {
  log::flush();
  std::_Exit(1);
}

/// Waits on the main thread for the signals that end or reload the server.
class SignalLoop {
 public:
  /// From any thread: the storage is broken, nothing more can be finished, a restart recovers.
  /// While the server runs, answers that are on their way may leave; while it stops, nobody waits.
  void fail() {
    if (stopping_) give_up();
    failed_ = true;
    boost::asio::post(context_, [this] { context_.stop(); });
  }

  bool failed() const { return failed_; }

  /// Returns when the server is to stop.
  void run(Application& application) {
    boost::asio::signal_set end(context_, SIGTERM, SIGINT);
    end.async_wait([this](const boost::system::error_code& failed, int signal) {
      if (failed) return;
      log::info("server.stopping", {{"signal", signal}});
      context_.stop();
    });
    boost::asio::signal_set again(context_, SIGHUP);
    wait_for_reload(again, application);
    context_.run();
    stopping_ = true;
  }

 private:
  void wait_for_reload(boost::asio::signal_set& signals, Application& application) {
    signals.async_wait(
        [this, &signals, &application](const boost::system::error_code& failed, int) {
          if (failed) return;
          application.reload();
          wait_for_reload(signals, application);
        });
  }

  boost::asio::io_context context_{1};
  std::atomic<bool> failed_{false};
  std::atomic<bool> stopping_{false};
};

int run_server(Config config) {
  SignalLoop signals;
  Application application(std::move(config), [&signals] { signals.fail(); });
  application.start();
  signals.run(application);
  if (signals.failed()) give_up();
  application.stop();
  return 0;
}

}  // namespace

int serve(const std::string& config_file) {
  std::signal(SIGPIPE, SIG_IGN);
  if (const auto problem = fault::problem()) {
    std::cerr << "tollgate: " << *problem << "\n";
    return 1;
  }
  auto config = read_or_complain(config_file);
  if (!config) return 1;
  if (!fault::wish().empty()) log::warn("fault.armed", {{"point", fault::wish()}});
  log::set_level(config->log_level);
  try {
    return run_server(std::move(*config));
  } catch (const ConfigError& e) {
    print_problems(e.file(), e.problems(), std::cerr);
  } catch (const std::exception& e) {
    std::cerr << "tollgate: " << e.what() << "\n";
  }
  return 1;
}

int migrate_database(const std::string& config_file) {
  const auto config = read_or_complain(config_file);
  if (!config) return 1;
  try {
    db::Options options;
    options.url = config->database_url;
    SystemRandom random;
    load_master_key(database_file(*config), random);  // made with the database, never after it
    const auto database = db::Database::open(options, [] {});
    std::cout << db::migrate(*database) << " migrations applied\n";
    take_over(*database, SystemClock());
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "tollgate: " << e.what() << "\n";
  }
  return 1;
}

int healthcheck(const std::string& config_file) {
  const auto config = read_or_complain(config_file);
  if (!config) return 1;
  const bool any = config->listen_address == "0.0.0.0" || config->listen_address == "::";
  const std::string host = any ? "127.0.0.1" : config->listen_address;
  const std::string bracketed = host.find(':') == host.npos ? host : "[" + host + "]";
  net::ClientRequest request(net::Method::get, "http://" + bracketed + ":" +
                                                   std::to_string(config->listen_port) + "/readyz");
  request.timeout_ms = healthcheck_timeout_ms;
  SystemClock clock;
  boost::asio::io_context context(1);
  net::Client client({}, clock);
  auto answer = boost::asio::co_spawn(context, client.send(request), boost::asio::use_future);
  context.run();
  return answer.get().status == 200 ? 0 : 1;
}

}  // namespace tollgate::app
