#include "app/application.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/gate.hpp"
#include "app/accounts.hpp"
#include "app/adapters.hpp"
#include "app/background.hpp"
#include "app/master_key.hpp"
#include "app/operations.hpp"
#include "app/systemd.hpp"
#include "channel/handlers.hpp"
#include "console/buyer_pages.hpp"
#include "console/qr.hpp"
#include "db/migrate.hpp"
#include "db/worker_lease.hpp"
#include "net/client.hpp"
#include "net/server.hpp"
#include "notify/notify.hpp"
#include "outbox/tasks.hpp"
#include "payment/routes.hpp"
#include "payment/store.hpp"

namespace tollgate::app {
namespace {

constexpr std::int64_t drain_ms = 20'000;
constexpr std::int64_t prune_every_ms = 60'000;
constexpr int prune_rows = 1'000;

std::string_view to_string(LatePayment policy) {
  switch (policy) {
    case LatePayment::refund:
      return "refund";
    case LatePayment::accept:
      return "accept";
    case LatePayment::hold:
      return "hold";
  }
  return "hold";
}

db::Options database_options(const Config& config) {
  db::Options options;
  options.url = config.database_url;
  return options;
}

order::Options order_options(const Config& config) {
  order::Options options;
  options.public_url = config.public_url;
  options.expires_in_s = config.order_expires_in_s;
  options.closing_lease_ms = 4 * config.channel_timeout_ms;
  return options;
}

notify::Policy webhook_policy(const Config& config) {
  notify::Policy policy;
  policy.gaps_ms.clear();
  for (const auto gap : config.webhook_gaps_s) policy.gaps_ms.push_back(gap * 1000);
  policy.timeout_ms = config.webhook_timeout_ms;
  policy.allow_private_networks = config.webhook_allow_private_networks;
  return policy;
}

notify::Options notify_options(const Config& config, const Secret<std::string>& master) {
  notify::Options options;
  options.policy = webhook_policy(config);
  options.master_key = derive_key(master, "webhooks");
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

/// A text too long for a code gets no picture.
std::string picture(std::string_view text) {
  return text.empty() || text.size() > console::qr_max_bytes ? std::string()
                                                             : console::qr_png(text);
}

}  // namespace

struct Application::Impl {
  Impl(Config c, std::function<void()> fatal)
      : config(std::move(c)),
        on_fatal(std::move(fatal)),
        master(load_master_key(database_file(config), random)),
        database(db::Database::open(database_options(config), on_fatal)),
        migrated(db::migrate(*database)),
        lease(db::WorkerLease::take(*database, clock, random, true)),
        ids(clock, lease.worker(), lease.not_before()) {
    load_accounts();
    channel::add_standard_handlers(driver, metrics);
    orders.connect(payments_for_orders);
    outbox.on_event([this](const outbox::EventNotice& notice) {
      constexpr std::string_view family = "order.";
      if (!notice.type.starts_with(family) || notice.type == "order.created") return;
      hub.publish(notice.order, notice.type.substr(family.size()));
    });
    register_jobs();
    add_routes();
    metrics.gauge("tollgate_db_waiting", "Units of work that wait for the writer",
                  [this] { return static_cast<std::int64_t>(database->waiting()); });
    auto free_what_the_dead_held = [](db::Tx& tx) {
      api::Idempotency::free_claims(tx);
      payment::store::free_taken(tx);
      order::store::free_closing(tx);
      return true;
    };
    database->write_blocking(free_what_the_dead_held);
  }

  void load_accounts() {
    if (auto broken = load_plugins(config, registry); !broken.empty())
      throw ConfigError(config.file, std::move(broken));
    auto built = build_accounts(config, registry, random, clock);
    if (!built) throw ConfigError(config.file, built.error().list);
    accounts.replace(std::move(*built));
    keys.replace(config.api_keys);
  }

  void register_jobs() {
    jobs.handle(std::string(order::expire_job),
                [this](const outbox::Job& job) { return orders.expire(job); });
    jobs.handle(
        std::string(payment::query_job),
        [this](const outbox::Job& job) { return attempts.run_query_job(job); }, 64);
    jobs.handle(std::string(payment::watch_job),
                [this](const outbox::Job& job) { return attempts.run_watch_job(job); });
    jobs.handle(std::string(payment::close_job),
                [this](const outbox::Job& job) { return attempts.run_close_job(job); });
    jobs.handle(std::string(payment::capture_job),
                [this](const outbox::Job& job) { return attempts.run_capture_job(job); });
  }

  void add_routes() {
    gate.add(order::routes(orders));
    gate.add(payment::routes(attempts, inbox));
    gate.add(notify.routes());
    gate.add(pages.routes());
    gate.add(operations_routes(*database, metrics, ready));
  }

  boost::asio::awaitable<void> keep_lease();
  boost::asio::awaitable<void> prune();
  boost::asio::awaitable<void> feed_watchdog();
  boost::asio::awaitable<void> stop_background();

  Config config;
  std::function<void()> on_fatal;
  SystemClock clock;
  SystemRandom random;
  Metrics metrics;
  std::atomic<bool> ready{false};
  Secret<std::string> master;
  std::unique_ptr<db::Database> database;
  std::size_t migrated;
  db::WorkerLease lease;
  Snowflake ids;

  // The server is made before the client: pooled connections live in its threads' contexts.
  std::unique_ptr<net::Server> server = std::make_unique<net::Server>(
      server_options(config), [this](net::Request& request) { return gate.handle(request); }, clock,
      random, metrics);
  Background background;
  net::Client client{net::ClientOptions{}, clock};

  outbox::Outbox outbox{ids, clock};
  outbox::Jobs jobs{*database, ids, clock, metrics};
  api::Idempotency idempotency{clock};
  api::KeyRing keys;

  channel::PluginRegistry registry;
  channel::AccountBook accounts;
  channel::Driver driver{{config.channel_timeout_ms, config.callback_max_age_s},
                         client,
                         *database,
                         ids,
                         clock,
                         metrics};

  order::OrderService orders{order_options(config),
                             {*database, outbox, jobs, idempotency, ids, clock, metrics},
                             order::TokenMint(derive_key(master, "order-tokens"))};
  OrdersForPayments orders_for_payments{orders};
  payment::Settler settler{{outbox, jobs, orders_for_payments, clock, metrics, picture,
                            std::string(to_string(config.late_payment))}};
  payment::Attempts attempts{
      {config.public_url, config.payment_query_gaps_s, config.channel_timeout_ms},
      {*database, outbox, jobs, driver, accounts, orders_for_payments, ids, clock, random,
       settler}};
  PaymentsForOrders payments_for_orders{attempts};
  payment::Inbox inbox{{*database, driver, accounts, ids, clock, metrics, settler}};

  console::StatusHub hub;
  CashierForBuyers cashier{orders, attempts, accounts};
  console::BuyerPages pages{cashier, hub, clock, random, config.public_url};
  notify::Notify notify{{*database, outbox, idempotency, client, ids, clock, random, metrics},
                        notify_options(config, master)};
  api::Gate gate{*database, idempotency, keys, clock, metrics};

  std::unique_ptr<outbox::TaskGroup> tasks;
  std::shared_ptr<outbox::Alarm> lease_alarm, prune_alarm, watchdog_alarm;
  bool stopping = false;  // on the background thread
};

boost::asio::awaitable<void> Application::Impl::keep_lease() {
  while (!stopping) {
    co_await lease_alarm->wait(db::WorkerLease::heartbeat_ms);
    if (stopping) co_return;
    auto renew = [&](db::Tx& tx) { return lease.renew(tx, clock.now(), ids.last_used()); };
    if (co_await database->write(renew)) continue;
    log::error("app.lease_lost", {{"worker", lease.worker()}});
    on_fatal();
    co_return;
  }
}

boost::asio::awaitable<void> Application::Impl::prune() {
  while (!stopping) {
    auto work = [&](db::Tx& tx) { return idempotency.prune(tx, prune_rows); };
    const std::int64_t deleted = co_await database->write(work);
    if (deleted < prune_rows) co_await prune_alarm->wait(prune_every_ms);
  }
}

boost::asio::awaitable<void> Application::Impl::feed_watchdog() {
  const std::int64_t every_ms = systemd::watchdog_ms();
  while (every_ms > 0 && !stopping) {
    // Fed by way of the writer: a process whose database hangs is not alive.
    auto nothing = [](db::Tx&) { return true; };
    co_await database->write(nothing);
    systemd::notify("WATCHDOG=1");
    co_await watchdog_alarm->wait(every_ms);
  }
}

boost::asio::awaitable<void> Application::Impl::stop_background() {
  stopping = true;
  for (const auto& alarm : {lease_alarm, prune_alarm, watchdog_alarm}) alarm->ring();
  co_await jobs.stop();
  co_await inbox.stop();
  co_await notify.stop();
  co_await tasks->join();
  auto release = [&](db::Tx& tx) {
    lease.release(tx, ids.last_used());
    return true;
  };
  if (database->healthy()) co_await database->write(release);
  client.close_idle();
}

Application::Application(Config config, std::function<void()> on_fatal)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(on_fatal))) {}

Application::~Application() = default;

void Application::start() {
  auto& it = *impl_;
  const auto executor = it.background.executor();
  it.tasks = std::make_unique<outbox::TaskGroup>(executor);
  for (auto* alarm : {&it.lease_alarm, &it.prune_alarm, &it.watchdog_alarm})
    *alarm = std::make_shared<outbox::Alarm>(executor);
  auto begin = [&]() -> boost::asio::awaitable<void> {
    it.jobs.start(executor, true);
    it.inbox.start(executor);
    it.notify.start(executor, true);
    it.tasks->spawn("lease", it.keep_lease());
    it.tasks->spawn("prune", it.prune());
    it.tasks->spawn("watchdog", it.feed_watchdog());
    co_return;
  };
  it.background.run(begin());
  try {
    it.server->start();
  } catch (...) {
    finish_background();
    throw;
  }
  it.ready = true;
  log::info("server.ready", {{"listen", it.config.listen_address + ":" + std::to_string(port())},
                             {"worker", it.lease.worker()},
                             {"accounts", it.accounts.all().size()},
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
  it.accounts.replace(std::move(*built));
  it.keys.replace(fresh->api_keys);
  it.notify.set_policy(webhook_policy(*fresh));
  log::info("config.reloaded", {{"accounts", it.accounts.all().size()}});
}

void Application::stop() {
  auto& it = *impl_;
  systemd::notify("STOPPING=1");
  it.ready = false;
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
