#include "simulate/simulation.hpp"

#include <algorithm>

#include "app/audit.hpp"
#include "base/crypto.hpp"
#include "base/log_sink.hpp"
#include "simulate/chaos.hpp"
#include "simulate/shop.hpp"

namespace tollgate::simulate {
namespace {

namespace asio = boost::asio;

constexpr std::uint64_t most_steps = 30'000'000;
constexpr std::int64_t longest_calm_ms = 60 * hour_ms;
constexpr std::int64_t look_every_ms = 5'000;
constexpr std::int64_t longest_wait_days = 3;  ///< For a line that a later bill may bring.
constexpr std::int64_t fee_per_10000 = 60;
constexpr std::int64_t nap_ms = 120'000;  ///< Shorter pauses are sat through.
constexpr const char* master = "canary-master-key-of-32-bytes-4d";

app::Config config_of(const sandbox::WechatKeys& keys, const std::filesystem::path& folder) {
  app::Config config;
  config.file = "simulated.json";
  config.public_url = "https://pay.example";
  config.webhook_gaps_s = {0, 5, 60, 600, 3'600, 7'200};
  config.api_keys = {{"shop", api::Role::merchant, hex_lower(sha256(merchant_key))},
                     {"boss", api::Role::admin, hex_lower(sha256(admin_key))}};
  for (const auto& merchant : keys.merchants()) {
    app::AccountEntry entry;
    entry.index = config.accounts.size();
    entry.id = merchant.account_id;
    entry.channel = "wechat";
    entry.gateway = ChannelSide::gateway;
    const auto set = [&](const char* name, const std::string& value) {
      entry.settings.emplace_back(name, Secret<std::string>(value));
    };
    set("app_id", merchant.app_id);
    set("mch_id", merchant.mch_id);
    set("merchant_serial", merchant.serial);
    set("merchant_private_key_file", merchant.key_file.string());
    set("api_v3_key", merchant.api_v3_key);
    if (merchant.public_key_mode) {
      set("platform_public_key_id", keys.public_key()->serial);
      set("platform_public_key_file", (folder / "wechat" / "platform_public_key.pem").string());
    }
    config.accounts.push_back(std::move(entry));
  }
  return config;
}

/// What the seed wants done with late money, and with large refunds.
app::Config with_policies(app::Config config, World& world) {
  constexpr app::LatePayment wishes[] = {app::LatePayment::refund, app::LatePayment::accept,
                                         app::LatePayment::hold};
  config.late_payment = wishes[world.between(0, 2)];
  if (world.chance(400)) config.refund_approval_over["CNY"] = world.between(1'000, 60'000);
  config.accounts.front().fee_ppm = fee_per_10000 * 100;
  return config;
}

/// A line from the middle of each private key, and every other secret.
std::vector<std::string> canaries(const sandbox::WechatKeys& keys, const Receivers& receivers) {
  std::vector<std::string> words{master, hex_lower(master), merchant_key, admin_key};
  for (const auto& merchant : keys.merchants()) {
    words.push_back(merchant.api_v3_key);
    words.push_back(sandbox::private_key_pem(merchant.key).substr(300, 40));
  }
  for (const auto& endpoint : receivers.all())
    if (!endpoint.secret.empty()) words.push_back(endpoint.secret.substr(6));
  return words;
}

class Simulation {
 public:
  Simulation(std::uint64_t seed, const std::filesystem::path& keys,
             std::function<void(const std::string&)> show)
      : world_(seed, std::move(show)),
        network_(world_),
        config_(make_config(keys)),
        process_(world_, network_, config_, Secret<std::string>(master), seed),
        caller_(world_, process_),
        channel_(world_, network_, process_, keys),
        receivers_(world_, network_),
        desk_(world_, caller_),
        shop_(world_, caller_, channel_, receivers_, desk_),
        chaos_(world_, network_, process_, channel_, receivers_, caller_),
        bookkeeper_({world_, process_, caller_, channel_, chaos_}, config_.accounts) {
    sandbox::Bills::Policy policy;
    policy.fee_per_10000 = fee_per_10000;
    constexpr std::optional<std::int64_t> from_min[] = {std::nullopt, 9 * 60, 11 * 60, 13 * 60};
    policy.from_min = from_min[world_.between(0, 3)];
    channel_.bills().set_policy(policy);
    log::set_sink([this](log::Level level, std::string_view line) { heard(level, line); });
  }
  ~Simulation() {
    process_.kill();
    world_.lane.kill();
    log::set_sink({});
  }

  Verdict run();

 private:
  app::Config make_config(const std::filesystem::path& keys) {
    return with_policies(
        config_of(sandbox::WechatKeys(keys, world_.true_clock, world_.random), keys), world_);
  }
  void heard(log::Level level, std::string_view line);
  asio::awaitable<void> play();
  asio::awaitable<void> storm();
  asio::awaitable<void> settle();
  asio::awaitable<void> close_the_books();
  asio::awaitable<void> idle(std::int64_t until_ms);
  asio::awaitable<void> customers(int count, std::int64_t span_ms);
  /// next_work() and next_daily() in the scheduler's time.
  struct NextWork {
    std::optional<std::int64_t> due_ms, daily_ms;
  };
  NextWork next_work_ms();
  Books read_books();
  Verdict conclude();

  World world_;
  Network network_;
  const app::Config config_;
  Process process_;
  Caller caller_;
  ChannelSide channel_;
  Receivers receivers_;
  RefundDesk desk_;
  Shop shop_;
  Chaos chaos_;
  Bookkeeper bookkeeper_;
  std::vector<std::string> days_left_out_;
  std::vector<std::string> words_;
  std::vector<std::string> leaks_;
  bool over_ = false;
};

void Simulation::heard(log::Level level, std::string_view line) {
  world_.note({level == log::Level::error ? "log!" : "log", line});
  for (const auto& word : words_)
    if (line.find(word) != std::string_view::npos) leaks_.emplace_back("a log line");
}

asio::awaitable<void> Simulation::customers(int count, std::int64_t span_ms) {
  for (int i = 0; i < count; ++i) {
    world_.spawn("customer", shop_.customer(i));
    co_await world_.sleep(world_.between(0, 2 * span_ms / count));
  }
}

/// The safety phase: customers come while everything goes wrong.
asio::awaitable<void> Simulation::storm() {
  chaos_.set_weather();
  const std::int64_t span_ms = world_.between(hour_ms / 6, hour_ms);
  const auto count = static_cast<int>(world_.between(20, 90));
  world_.spawn("customers", customers(count, span_ms));
  world_.spawn("stray payer", shop_.stray_payer());
  world_.spawn("late money", desk_.look_after_late_money());
  world_.spawn("refunds at the channel", channel_.work_off_refunds());
  const std::int64_t until_ms = world_.scheduler.now_ms() + span_ms;
  world_.spawn("troubles", chaos_.trouble_the_channel(until_ms));
  world_.spawn("hurried bookkeeper", bookkeeper_.hurry(until_ms));
  co_await chaos_.rage(until_ms);
}

Simulation::NextWork Simulation::next_work_ms() {
  db::SteppedDatabase database(process_.disk(), 1, [] {});
  const auto from_now = [&](std::optional<TimeMs> at) -> std::optional<std::int64_t> {
    if (!at) return std::nullopt;
    return std::max<std::int64_t>(world_.at(*at), 0);
  };
  return database.read_blocking([&](db::Tx& tx) {
    return NextWork{from_now(next_work(tx)), from_now(next_daily(tx))};
  });
}

/// Until that time, and until nothing is left to do. Where nothing is due for a while the server is
/// shut down, and started when something is.
asio::awaitable<void> Simulation::idle(std::int64_t until_ms) {
  const std::int64_t bound_ms = std::max(until_ms, world_.scheduler.now_ms()) + longest_calm_ms;
  while (world_.scheduler.now_ms() < bound_ms) {
    co_await world_.sleep(look_every_ms);
    const std::int64_t now_ms = world_.scheduler.now_ms();
    if (process_.answering() > 0) continue;
    const auto next = next_work_ms();
    const auto world_due_ms = world_.scheduler.next_due(&world_.lane);
    if (!next.due_ms && !world_due_ms && now_ms >= until_ms) co_return;
    std::int64_t wake_ms = next.daily_ms.value_or(bound_ms);
    for (const auto& other : {next.due_ms, world_due_ms})
      if (other) wake_ms = std::min(wake_ms, *other);
    if (until_ms > now_ms) wake_ms = std::min(wake_ms, until_ms);
    if (wake_ms < now_ms + nap_ms) continue;
    co_await process_.stop();
    co_await world_.sleep(std::max<std::int64_t>(wake_ms - world_.scheduler.now_ms() - 1'000, 0));
    process_.start();
  }
}

/// The liveness phase: no fault any more; all must come to its end, within bounds.
asio::awaitable<void> Simulation::settle() {
  chaos_.heal();
  shop_.close_doors();
  desk_.close_doors();
  process_.start();
  co_await idle(world_.scheduler.now_ms() + hour_ms / 2);
  co_await desk_.decide_all();
  co_await idle(0);
  std::set<std::int64_t> behind;
  for (const auto& delivery : read_books().deliveries)
    if (delivery.status == "dead") behind.insert(delivery.webhook_id);
  co_await shop_.bring_endpoints_back(behind);
  co_await idle(0);
}

/// The days' bills are laid beside the books: by the server itself, with faults that must be found,
/// and once more when all late lines have come and nothing is waited for.
asio::awaitable<void> Simulation::close_the_books() {
  const auto last_day = bill_day_of(world_.true_clock.now());
  const std::int64_t day_over_ms = world_.at(last_day.from) + day_ms;
  co_await idle(day_over_ms + bill_after_ms);
  days_left_out_ = bookkeeper_.days_left_out(read_books());
  co_await bookkeeper_.plant_faults();
  co_await idle(day_over_ms + longest_wait_days * day_ms + bill_after_ms);
  co_await bookkeeper_.reconcile_all(last_day.from.plus_ms(day_ms));
  co_await idle(0);
}

asio::awaitable<void> Simulation::play() {
  process_.start();
  co_await shop_.set_up();
  words_ = canaries(channel_.keys(), receivers_);
  co_await storm();
  co_await settle();
  co_await close_the_books();
  co_await process_.stop();
  over_ = true;
}

Books Simulation::read_books() {
  db::SteppedDatabase database(process_.disk(), 1, [] {});
  return database.read_blocking([](db::Tx& tx) { return Books::read(tx); });
}

Verdict Simulation::conclude() {
  Verdict verdict;
  Evidence& e = verdict.evidence;
  e.books = read_books();
  db::SteppedDatabase database(process_.disk(), 1, [] {});
  e.leaks = database.read_blocking([&](db::Tx& tx) { return find_words(tx, words_); });
  e.leaks.insert(e.leaks.end(), leaks_.begin(), leaks_.end());
  const auto audited = app::audit(database, "");
  if (audited.broken)
    e.broken_journal = audited.broken->row + ": expected " + audited.broken->expected + ", found " +
                       audited.broken->found;
  e.unsealed_events = audited.unsealed_events;
  e.balances = audited.postings.balances;
  e.unexplained = database.read_blocking(
      [&](db::Tx& tx) { return app::count_unexplained(tx, world_.true_clock.now()); });
  e.trades = channel_.ledger().all();
  for (const auto& trade : e.trades)
    if (channel_.lied_about(trade.key.out_trade_no)) e.lied_about.insert(trade.key.out_trade_no);
  e.acknowledged = channel_.acknowledged();
  e.believed = channel_.believed();
  e.endpoints = receivers_.all();
  e.told = shop_.told();
  e.made = shop_.made();
  e.refunds_made = desk_.made();
  e.refunds_told = desk_.told();
  e.holds_late = config_.late_payment == app::LatePayment::hold;
  e.fee_per_10000 = fee_per_10000;
  e.plants = bookkeeper_.plants();
  e.days_left_out = days_left_out_;
  verdict.failures = world_.failures;
  for (auto& failure : check_all(e)) verdict.failures.push_back(std::move(failure));
  for (const auto& order : e.books.orders)
    world_.note({"order", std::to_string(order.id), order.status});
  for (const auto& payment : e.books.payments)
    world_.note({"payment", std::to_string(payment.pay_no), payment.status});
  verdict.trace_hash = world_.trace.hash();
  verdict.trace_lines = world_.trace.lines();
  verdict.steps = world_.scheduler.steps();
  verdict.simulated_s = world_.scheduler.now_ms() / 1000;
  verdict.lifetimes = e.books.payments.size();
  verdict.kills = chaos_.kills();
  return verdict;
}

Verdict Simulation::run() {
  world_.spawn("play", play());
  while (!over_ && world_.scheduler.steps() < most_steps) {
    chaos_.strike();
    if (!world_.scheduler.step()) break;
  }
  if (!over_) world_.fail("O8: the simulation does not come to its end");
  return conclude();
}

}  // namespace

Verdict run_seed(std::uint64_t seed, const std::filesystem::path& keys,
                 std::function<void(const std::string&)> show) {
  Simulation simulation(seed, keys, std::move(show));
  return simulation.run();
}

}  // namespace tollgate::simulate
