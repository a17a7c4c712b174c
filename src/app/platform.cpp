#include "app/platform.hpp"

#include <algorithm>
#include <atomic>

#include "api/gate.hpp"
#include "app/adapters.hpp"
#include "app/books.hpp"
#include "app/buyer_asks.hpp"
#include "app/confirmed.hpp"
#include "app/master_key.hpp"
#include "app/money_health.hpp"
#include "app/openids.hpp"
#include "app/operations.hpp"
#include "app/sealer.hpp"
#include "base/log.hpp"
#include "channel/handlers.hpp"
#include "console/buyer_pages.hpp"
#include "console/qr.hpp"
#include "notify/notify.hpp"
#include "outbox/tasks.hpp"
#include "payment/routes.hpp"
#include "payment/store.hpp"
#include "reconciliation/routes.hpp"
#include "refund/routes.hpp"
#include "refund/runner.hpp"

namespace tollgate::app {
namespace {

constexpr std::int64_t prune_every_ms = 60'000;
constexpr int prune_rows = 1'000;
constexpr std::int64_t openid_timeout_ms = 5'000;  // a buyer waits for it

payment::LatePolicy late_policy(const Config& config) {
  switch (config.late_payment) {
    case LatePayment::refund:
      return payment::LatePolicy::refund;
    case LatePayment::accept:
      return payment::LatePolicy::accept;
    case LatePayment::hold:
      break;
  }
  return payment::LatePolicy::hold;
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

/// A text too long for a code gets no picture, nor does one that cannot be drawn: a payment is not
/// to fail of it.
std::string picture(std::string_view text) {
  if (text.empty() || text.size() > console::qr_max_bytes) return "";
  try {
    return console::qr_png(text);
  } catch (const std::exception& e) {
    log::error("app.picture_failed", {{"error", e.what()}});
    return "";
  }
}

}  // namespace

struct Platform::Impl {
  Impl(const Config& config, const Secret<std::string>& master, const Ground& g);

  void register_jobs();
  void add_routes();
  void begin_life();
  boost::asio::awaitable<void> prune();
  boost::asio::awaitable<void> stop();

  const Ground ground;
  std::atomic<bool> ready{false};

  outbox::Outbox outbox;
  outbox::Jobs jobs;
  Sealer sealer;
  api::Idempotency idempotency;
  api::KeyRing keys;

  channel::AccountBook accounts;
  channel::Driver driver;

  order::OrderService orders;
  OrdersForPayments orders_for_payments{orders};
  PaymentsForRefunds payments_for_refunds;
  OrdersForRefunds orders_for_refunds{orders};
  refund::Book refunds;
  refund::Runner refund_runner;
  RefundsForPayments refunds_for_payments{refunds};
  payment::Settler settler;
  payment::Attempts attempts;
  PaymentsForOrders payments_for_orders{attempts};
  payment::Inbox inbox;
  PaymentBooks payment_books{attempts};
  RefundBooks refund_books{refund_runner};
  reconciliation::Reconciler reconciler;
  MoneyHealth money_health{ground.database, ground.clock, ground.metrics};

  console::StatusHub hub;
  BuyerAsks buyer_asks;
  Openids openids;
  CashierForBuyers cashier{orders, attempts, accounts, buyer_asks, openids};
  console::BuyerPages pages;
  notify::Notify notify;
  api::Gate gate;

  std::unique_ptr<outbox::TaskGroup> tasks;
  std::shared_ptr<outbox::Alarm> prune_alarm;
  bool stopping = false;  // on the executor
};

Platform::Impl::Impl(const Config& config, const Secret<std::string>& master, const Ground& g)
    : ground(g),
      outbox(g.ids, g.clock),
      jobs(g.database, g.ids, g.clock, g.metrics),
      sealer(g.database, g.clock),
      idempotency(g.clock, 4 * config.channel_timeout_ms),
      driver({config.channel_timeout_ms, config.callback_max_age_s}, g.client, g.database, g.ids,
             g.clock, g.metrics),
      orders(order_options(config),
             {g.database, outbox, jobs, idempotency, g.ids, g.clock, g.metrics},
             order::TokenMint(derive_key(master, "order-tokens"))),
      refunds({outbox, jobs, g.ids, g.clock, g.metrics, accounts, payments_for_refunds,
               orders_for_refunds},
              config.refund_approval_over),
      refund_runner({config.public_url, config.payment_query_gaps_s},
                    {g.database, driver, accounts, g.clock, g.random, refunds}),
      settler({outbox, jobs, orders_for_payments, refunds_for_payments, g.clock, g.metrics, picture,
               late_policy(config)}),
      attempts({config.public_url, config.payment_query_gaps_s, config.channel_timeout_ms},
               {g.database, outbox, jobs, driver, accounts, orders_for_payments, g.ids, g.clock,
                g.random, settler}),
      inbox(
          {g.database, driver, accounts, g.ids, g.clock, g.metrics, settler, refunds_for_payments}),
      reconciler({config.reconciliation_daily, config.reconciliation_at_s},
                 {g.database, outbox, jobs, driver, accounts, g.ids, g.clock, g.random, g.metrics,
                  payment_books, refund_books}),
      buyer_asks(
          {},
          [this](PayNo pay_no) -> boost::asio::awaitable<void> {
            [[maybe_unused]] const auto asked = co_await attempts.query(pay_no);
          },
          g.clock),
      openids(g.client, std::min(config.channel_timeout_ms, openid_timeout_ms)),
      pages(cashier, hub, g.clock, g.random, config.public_url),
      notify({g.database, outbox, idempotency, g.client, g.ids, g.clock, g.random, g.metrics},
             notify_options(config, master)),
      gate(g.database, idempotency, keys, g.clock, g.metrics) {
  channel::add_standard_handlers(driver, g.metrics);
  orders.connect(payments_for_orders);
  outbox.on_event([this](const outbox::EventNotice& notice) {
    sealer.wake();
    constexpr std::string_view family = "order.";
    if (!notice.type.starts_with(family) || notice.type == "order.created") return;
    hub.publish(notice.order, notice.type.substr(family.size()));
  });
  register_jobs();
  add_routes();
  g.metrics.gauge(
      "tollgate_db_waiting", "Units of work that wait for the writer",
      [&database = g.database] { return static_cast<std::int64_t>(database.waiting()); });
  begin_life();
  take_over(g.database, g.clock);
}

void Platform::Impl::register_jobs() {
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
  jobs.handle(std::string(refund::refund_job),
              [this](const outbox::Job& job) { return refund_runner.run(job); });
  jobs.handle(
      std::string(reconciliation::reconcile_job),
      [this](const outbox::Job& job) { return reconciler.run(job); }, 2);
  jobs.handle(std::string(reconciliation::daily_job),
              [this](const outbox::Job& job) { return reconciler.run_daily(job); });
}

void Platform::Impl::add_routes() {
  gate.add(order::routes(orders));
  gate.add(payment::routes(attempts, inbox, idempotency));
  gate.add(payment::late_routes(attempts));
  gate.add(refund::routes({ground.database, idempotency, refunds}));
  gate.add(reconciliation::routes(reconciler));
  gate.add(money_health.routes());
  gate.add(notify.routes());
  gate.add(pages.routes());
  gate.add(operations_routes(ground.database, ground.metrics, ready));
}

void Platform::Impl::begin_life() {
  auto work = [this](db::Tx& tx) {
    reconciler.schedule_daily(tx);
    api::Idempotency::free_claims(tx);
    payment::store::free_taken(tx);
    order::store::free_closing(tx);
    return true;
  };
  ground.database.write_blocking(work);
}

boost::asio::awaitable<void> Platform::Impl::prune() {
  while (!stopping) {
    auto work = [&](db::Tx& tx) { return idempotency.prune(tx, prune_rows); };
    std::int64_t deleted = 0;
    try {
      deleted = co_await ground.database.write(work);
    } catch (const std::exception& e) {  // the next round finds them
      log::error("app.prune_failed", {{"error", e.what()}});
    }
    if (deleted < prune_rows) co_await prune_alarm->wait(prune_every_ms);
  }
}

boost::asio::awaitable<void> Platform::Impl::stop() {
  stopping = true;
  prune_alarm->ring();
  co_await buyer_asks.stop();
  co_await money_health.stop();
  co_await jobs.stop();
  co_await inbox.stop();
  co_await notify.stop();
  co_await tasks->join();
  co_await sealer.stop();
}

Platform::Platform(const Config& config, const Secret<std::string>& master, const Ground& ground)
    : impl_(std::make_unique<Impl>(config, master, ground)) {}

Platform::~Platform() = default;

void Platform::use(const Config& config, channel::AccountBook::List accounts) {
  impl_->accounts.replace(std::move(accounts));
  impl_->openids.replace(config.accounts);
  impl_->keys.replace(config.api_keys);
  impl_->notify.set_policy(webhook_policy(config));
}

std::size_t Platform::account_count() const {
  return impl_->accounts.all().size();
}

void Platform::start(boost::asio::any_io_executor executor) {
  impl_->tasks = std::make_unique<outbox::TaskGroup>(executor);
  impl_->prune_alarm = std::make_shared<outbox::Alarm>(executor);
  impl_->jobs.start(executor, true);
  impl_->inbox.start(executor);
  impl_->buyer_asks.start(executor);
  impl_->money_health.start(executor);
  impl_->notify.start(executor, true);
  impl_->sealer.start(executor);
  impl_->tasks->spawn("prune", impl_->prune());
}

boost::asio::awaitable<void> Platform::stop() {
  return impl_->stop();
}

void Platform::set_ready(bool ready) {
  impl_->ready = ready;
  if (!ready) impl_->notify.release_waiting();
}

net::Awaitable<net::Response> Platform::handle(net::Request& request) {
  return impl_->gate.handle(request);
}

}  // namespace tollgate::app
