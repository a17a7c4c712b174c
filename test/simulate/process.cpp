#include "simulate/process.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <stdexcept>
#include <utility>

#include "app/accounts.hpp"
#include "app/lease_keeper.hpp"
#include "app/platform.hpp"
#include "channel/plugin.hpp"
#include "db/migrate.hpp"

extern "C" const tg_plugin* tollgate_channel_plugin_v1_wechat(void);

namespace tollgate::simulate {

namespace asio = boost::asio;

/// Destroyed from the end: the lanes go last, because whatever waits may name them.
struct Process::Life {
  Life(Process& p);
  ~Life();

  void serve_writes();
  void serve_reads();
  Lane& io() { return world.chance(500) ? first_io : second_io; }
  asio::awaitable<void> start();
  asio::awaitable<void> stop();

  World& world;
  Lane first_io{world.scheduler}, second_io{world.scheduler}, background{world.scheduler},
      writer{world.scheduler}, reader{world.scheduler};
  bool writing = false, reading = false;

  Metrics metrics;
  SimulatedClient client;
  db::SteppedDatabase database;
  std::size_t migrated;
  app::LeaseKeeper lease;
  app::Platform platform;
};

Process::Life::Life(Process& p)
    : world(p.world_),
      client(p.network_, p.clock_),
      database(p.disk_, db::Options().queue,
               [this] {
                 if (database.waiting() > 0 && !writing) {
                   writing = true;
                   asio::post(writer, [this] { serve_writes(); });
                 }
                 if (database.waiting_reads() > 0 && !reading) {
                   reading = true;
                   asio::post(reader, [this] { serve_reads(); });
                 }
               }),
      migrated(db::migrate(database)),
      lease(database, p.clock_, p.random_, [this] { world.fail("the lease was lost"); }),
      platform(p.config_, p.master_,
               {database, client, lease.ids(), p.clock_, p.random_, metrics}) {
  auto accounts = app::build_accounts(p.config_, p.registry_, p.random_, p.clock_);
  if (!accounts) throw std::runtime_error("accounts: " + accounts.error().list.front().detail);
  platform.use(p.config_, std::move(*accounts));
}

Process::Life::~Life() {
  client.drop();
  database.drop();
  for (Lane* lane : {&first_io, &second_io, &background, &writer, &reader}) lane->kill();
}

/// Takes some of what waits, commits it, and only as a step of its own tells who waited.
void Process::Life::serve_writes() {
  const auto waiting_now = static_cast<std::int64_t>(database.waiting());
  if (waiting_now == 0) {
    writing = false;
    return;
  }
  const auto most =
      static_cast<std::size_t>(world.between(1, std::min<std::int64_t>(waiting_now, 256)));
  database.commit(most);
  asio::post(writer, [this] {
    database.tell();
    asio::post(writer, [this] { serve_writes(); });
  });
}

void Process::Life::serve_reads() {
  database.read_one();
  if (database.waiting_reads() == 0) {
    reading = false;
    return;
  }
  asio::post(reader, [this] { serve_reads(); });
}

asio::awaitable<void> Process::Life::start() {
  platform.start(background.get_executor());
  lease.start(background.get_executor());
  platform.set_ready(true);
  co_return;
}

asio::awaitable<void> Process::Life::stop() {
  co_await platform.stop();
  co_await lease.stop();
}

Process::Process(World& world, Network& network, app::Config config, Secret<std::string> master,
                 std::uint64_t seed)
    : world_(world),
      network_(network),
      config_(std::move(config)),
      master_(std::move(master)),
      clock_(world.scheduler, world.begins_ms),
      random_(seed * 4 + 3) {
  auto plugin = channel::Plugin::from_entry(tollgate_channel_plugin_v1_wechat, "static");
  if (!plugin || !registry_.add(std::move(*plugin))) throw std::runtime_error("no plugin");
}

Process::~Process() {
  kill();
}

void Process::start() {
  if (life_) return;
  world_.note({"start"});
  life_ = std::make_unique<Life>(*this);
  stopping_ = false;
  asio::co_spawn(life_->background, life_->start(), [this](std::exception_ptr error) {
    if (error) world_.fail("the start threw");
  });
}

void Process::kill() {
  if (!life_) return;
  world_.note({"kill"});
  const auto waiting = std::exchange(waiting_, {});
  life_.reset();
  stopping_ = false;
  for (auto& [id, answered] : waiting) answered(std::nullopt);
}

asio::awaitable<void> Process::stop() {
  if (!up()) co_return;
  world_.note({"stop"});
  stopping_ = true;
  const auto* const stopped = life_.get();
  life_->platform.set_ready(false);
  constexpr int drain_tenths = 200;
  for (int i = 0; i < drain_tenths && life_.get() == stopped && answering() > 0; ++i)
    co_await world_.sleep(100);
  if (life_.get() != stopped) co_return;  // killed meanwhile
  auto ended = std::make_shared<bool>(false);
  asio::co_spawn(life_->background, life_->stop(), [this, ended](std::exception_ptr error) {
    *ended = true;
    if (error) world_.fail("the stop threw");
  });
  constexpr int patience_tenths = 1'200;
  for (int i = 0; i < patience_tenths && life_.get() == stopped && !*ended; ++i)
    co_await world_.sleep(100);
  if (life_.get() != stopped) co_return;
  if (!*ended) world_.fail("the server does not stop");
  life_->database.stop();
  kill();
}

void Process::stall(std::int64_t ms) {
  if (!life_) return;
  Lane* lanes[] = {&life_->first_io, &life_->background, &life_->writer, &life_->reader};
  const std::int64_t until_ms = world_.scheduler.now_ms() + ms;
  lanes[world_.between(0, 3)]->stall_until(until_ms);
  world_.scheduler.call_at(
      until_ms, [] {}, this);
}

void Process::request(net::Request request, Answered answered) {
  if (!up()) return answered(std::nullopt);
  const std::uint64_t id = ++last_request_;
  waiting_[id] = std::move(answered);
  auto kept = std::make_shared<net::Request>(std::move(request));
  kept->request_id = "r" + std::to_string(id);
  auto done = [this, id, kept](std::exception_ptr error, net::Response response) {
    if (error) world_.fail("the gate threw");
    asio::post(world_.lane, [this, id, response = std::move(response)]() mutable {
      const auto at = waiting_.find(id);
      if (at == waiting_.end()) return;
      const auto told = std::move(at->second);
      waiting_.erase(at);
      told(std::move(response));
    });
  };
  asio::co_spawn(life_->io(), life_->platform.handle(*kept), std::move(done));
}

}  // namespace tollgate::simulate
