#include "simulate/world.hpp"

#include <boost/asio/co_spawn.hpp>

#include "outbox/tasks.hpp"

namespace tollgate::simulate {

namespace {

/// Often shortly before a day ends at the channel, or before the server's daily jobs.
std::int64_t beginning(Random& random) {
  constexpr std::uint64_t before_ms = 50 * minute_ms;
  constexpr std::int64_t channel_midnight_ms = 16 * hour_ms;
  constexpr std::int64_t daily_jobs_ms = 3 * hour_ms;
  const auto dice = random.below(10);
  if (dice < 4)
    return first_day_ms + channel_midnight_ms - static_cast<std::int64_t>(random.below(before_ms));
  if (dice < 6)
    return first_day_ms + daily_jobs_ms - static_cast<std::int64_t>(random.below(before_ms));
  return first_day_ms + static_cast<std::int64_t>(random.below(day_ms));
}

}  // namespace

World::World(std::uint64_t seed, std::function<void(const std::string&)> show)
    : trace(std::move(show)),
      scheduler(seed * 4 + 1),
      random(seed * 4 + 2),
      begins_ms(beginning(random)) {}

World::~World() {
  lane.kill();
}

void World::spawn(const char* name, boost::asio::awaitable<void> task) {
  ++running_;
  auto ended = [this, name](std::exception_ptr error) {
    --running_;
    if (error) fail(std::string(name) + " threw: " + outbox::describe(error));
  };
  boost::asio::co_spawn(lane, std::move(task), std::move(ended));
}

boost::asio::awaitable<void> World::sleep(std::int64_t ms) {
  const auto timer = outbox::make_timer(lane.get_executor());
  co_await timer->wait(ms);
}

std::int64_t World::between(std::int64_t from, std::int64_t to) {
  return from + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(to - from + 1)));
}

void World::fail(std::string what) {
  note({"FAILED", what});
  failures.push_back(std::move(what));
}

}  // namespace tollgate::simulate
