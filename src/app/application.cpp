#include "app/application.hpp"

#include "app/accounts.hpp"
#include "app/background.hpp"
#include "app/lease_keeper.hpp"
#include "app/master_key.hpp"
#include "app/platform.hpp"
#include "app/systemd.hpp"
#include "base/log.hpp"
#include "channel/plugin.hpp"
#include "db/migrate.hpp"
#include "net/client.hpp"
#include "net/server.hpp"
#include "outbox/tasks.hpp"

namespace tollgate::app {
namespace {

constexpr std::int64_t drain_ms = 20'000;

db::Options database_options(const Config& config) {
  db::Options options;
  options.url = config.database_url;
  options.group = config.database_group;
  return options;
}

net::ServerOptions server_options(const Config& config) {
  net::ServerOptions options;
  options.address = config.listen_address;
  options.port = config.listen_port;
  options.threads = config.threads;
  options.trusted_proxies = config.trusted_proxies;
  const auto callback_bytes = static_cast<std::size_t>(config.callback_max_body_bytes);
  const std::size_t other_bytes = options.limits.body_bytes;
  options.body_limit = [callback_bytes, other_bytes](const std::string& path) {
    return path.starts_with("/callbacks/") ? callback_bytes : other_bytes;
  };
  return options;
}

}  // namespace

struct Application::Impl {
  Impl(Config c, std::function<void()> fatal)
      : config(std::move(c)),
        on_fatal(std::move(fatal)),
        master(load_master_key(database_file(config), random)),
        database(db::Database::open(database_options(config), on_fatal)),
        migrated(db::migrate(*database)),
        lease(*database, clock, random, on_fatal),
        platform(config, master, {*database, client, lease.ids(), clock, random, metrics}) {
    load_accounts();
  }

  void load_accounts() {
    if (auto broken = load_plugins(config, registry); !broken.empty())
      throw ConfigError(config.file, std::move(broken));
    auto built = build_accounts(config, registry, random, clock);
    if (!built) throw ConfigError(config.file, built.error().list);
    platform.use(config, std::move(*built));
  }

  boost::asio::awaitable<void> start_background();
  boost::asio::awaitable<void> stop_background();
  boost::asio::awaitable<void> feed_watchdog();

  Config config;
  std::function<void()> on_fatal;
  SystemClock clock;
  SystemRandom random;
  Metrics metrics;
  Secret<std::string> master;
  std::unique_ptr<db::Database> database;
  std::size_t migrated;
  LeaseKeeper lease;
  channel::PluginRegistry registry;

  // The server is made before the client: pooled connections live in its threads' contexts.
  std::unique_ptr<net::Server> server = std::make_unique<net::Server>(
      server_options(config), [this](net::Request& request) { return platform.handle(request); },
      clock, random, metrics);
  Background background;
  net::Client client{net::ClientOptions{}, clock};
  Platform platform;

  std::unique_ptr<outbox::TaskGroup> tasks;
  std::shared_ptr<outbox::Alarm> watchdog_alarm;
  bool stopping = false;  // on the background thread
};

boost::asio::awaitable<void> Application::Impl::start_background() {
  const auto executor = background.executor();
  tasks = std::make_unique<outbox::TaskGroup>(executor);
  watchdog_alarm = std::make_shared<outbox::Alarm>(executor);
  platform.start(executor);
  lease.start(executor);
  tasks->spawn("watchdog", feed_watchdog());
  co_return;
}

boost::asio::awaitable<void> Application::Impl::feed_watchdog() {
  const std::int64_t every_ms = systemd::watchdog_ms();
  while (every_ms > 0 && !stopping) {
    bool alive = false;
    try {
      // Fed by way of the writer: a process whose database hangs is not alive.
      auto nothing = [](db::Tx&) { return true; };
      alive = co_await database->write(nothing);
    } catch (const std::exception& e) {
      log::error("app.watchdog_unfed", {{"error", e.what()}});
    }
    if (alive) systemd::notify("WATCHDOG=1");
    co_await watchdog_alarm->wait(every_ms);
  }
}

boost::asio::awaitable<void> Application::Impl::stop_background() {
  stopping = true;
  watchdog_alarm->ring();
  co_await platform.stop();
  co_await tasks->join();
  co_await lease.stop();
  client.close_idle();
}

Application::Application(Config config, std::function<void()> on_fatal)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(on_fatal))) {}

Application::~Application() = default;

void Application::start() {
  auto& it = *impl_;
  it.background.run(it.start_background());
  try {
    it.server->start();
  } catch (...) {
    finish_background();
    throw;
  }
  it.platform.set_ready(true);
  log::info("server.ready", {{"listen", it.config.listen_address + ":" + std::to_string(port())},
                             {"worker", it.lease.worker()},
                             {"accounts", it.platform.account_count()},
                             {"migrations", it.migrated}});
  systemd::notify("READY=1");
}

void Application::reload() {
  systemd::notify("RELOADING=1");
  try_reload();
  systemd::notify("READY=1");
}

void Application::try_reload() {
  auto& it = *impl_;
  const auto complain = [&](const std::vector<FieldError>& problems) {
    for (const auto& problem : problems)
      log::error("config.refused", {{"pointer", problem.pointer}, {"detail", problem.detail}});
  };
  auto fresh = load_config(it.config.file);
  if (!fresh) return complain(fresh.error().list);
  complain(load_plugins(*fresh, it.registry));
  auto built = build_accounts(*fresh, it.registry, it.random, it.clock);
  if (!built) return complain(built.error().list);
  it.platform.use(*fresh, std::move(*built));
  log::info("config.reloaded", {{"accounts", it.platform.account_count()}});
}

void Application::stop() {
  auto& it = *impl_;
  systemd::notify("STOPPING=1");
  it.platform.set_ready(false);
  it.server->drain(drain_ms);
  finish_background();
  it.server.reset();  // handlers that were cut off let go of what they hold while it still lives
  log::info("server.stopped");
}

void Application::finish_background() {
  auto& it = *impl_;
  it.background.run(it.stop_background());
  it.background.stop();
  it.database->stop();
}

std::uint16_t Application::port() const {
  return impl_->server->port();
}

}  // namespace tollgate::app
