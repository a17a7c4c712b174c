#include "simulate/simulation.hpp"

#include <algorithm>

#include "app/audit.hpp"
#include "base/crypto.hpp"
#include "base/log_sink.hpp"
#include "simulate/chaos.hpp"

namespace tollgate::simulate {
namespace {

namespace asio = boost::asio;

constexpr std::uint64_t most_steps = 30'000'000;
constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t longest_calm_ms = 60 * hour_ms;
constexpr std::int64_t look_every_ms = 5'000;
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
        process_(world_, network_, make_config(keys), Secret<std::string>(master), seed),
        channel_(world_, network_, process_, keys),
        receivers_(world_, network_),
        shop_(world_, process_, channel_, receivers_),
        chaos_(world_, network_, process_, channel_, receivers_, shop_) {
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
    return config_of(sandbox::WechatKeys(keys, world_.true_clock, world_.random), keys);
  }
  void heard(log::Level level, std::string_view line);
  asio::awaitable<void> play();
  asio::awaitable<void> storm();
  asio::awaitable<void> settle();
  asio::awaitable<void> customers(int count, std::int64_t span_ms);
  /// next_work() in the scheduler's time.
  std::optional<std::int64_t> next_work_ms();
  Books read_books();
  Verdict conclude();

  World world_;
  Network network_;
  Process process_;
  ChannelSide channel_;
  Receivers receivers_;
  Shop shop_;
  Chaos chaos_;
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
  co_await chaos_.rage(world_.scheduler.now_ms() + span_ms);
}

std::optional<std::int64_t> Simulation::next_work_ms() {
  db::SteppedDatabase database(process_.disk(), 1, [] {});
  const auto at = database.read_blocking([](db::Tx& tx) { return next_work(tx); });
  if (!at) return std::nullopt;
  return std::max<std::int64_t>(at->ms - first_day_ms, 0);
}

/// The liveness phase: no fault any more; all must come to its end, within bounds. Where nothing is
/// due for a while the server is shut down, and started when something is.
asio::awaitable<void> Simulation::settle() {
  chaos_.heal();
  process_.start();
  const std::int64_t bound_ms = world_.scheduler.now_ms() + longest_calm_ms;
  bool back = false;
  while (world_.scheduler.now_ms() < bound_ms) {
    co_await world_.sleep(look_every_ms);
    if (process_.answering() > 0) continue;
    if (!back && world_.scheduler.now_ms() > bound_ms - longest_calm_ms + hour_ms / 2) {
      co_await shop_.bring_endpoints_back();
      back = true;
    }
    const auto due_ms = next_work_ms();
    const auto world_due_ms = world_.scheduler.next_due(&world_.lane);
    if (back && !due_ms && !world_due_ms) co_return;
    const std::int64_t wake_ms =
        std::min(due_ms.value_or(bound_ms), world_due_ms.value_or(bound_ms));
    if (wake_ms < world_.scheduler.now_ms() + nap_ms) continue;
    co_await process_.stop();
    co_await world_.sleep(std::max<std::int64_t>(wake_ms - world_.scheduler.now_ms() - 1'000, 0));
    process_.start();
  }
}

asio::awaitable<void> Simulation::play() {
  process_.start();
  co_await shop_.set_up();
  words_ = canaries(channel_.keys(), receivers_);
  co_await storm();
  co_await settle();
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
  e.trades = channel_.ledger().all();
  for (const auto& trade : e.trades)
    if (channel_.lied_about(trade.key.out_trade_no)) e.lied_about.insert(trade.key.out_trade_no);
  e.acknowledged = channel_.acknowledged();
  e.believed = channel_.believed();
  e.endpoints = receivers_.all();
  e.told = shop_.told();
  e.made = shop_.made();
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
