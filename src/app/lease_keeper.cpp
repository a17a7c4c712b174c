#include "app/lease_keeper.hpp"

#include "base/log.hpp"

namespace tollgate::app {

LeaseKeeper::LeaseKeeper(db::Database& database, const Clock& clock, Random& random,
                         std::function<void()> on_lost)
    : database_(database),
      clock_(clock),
      on_lost_(std::move(on_lost)),
      lease_(db::WorkerLease::take(database, clock, random, true)),
      ids_(clock, lease_.worker(), lease_.not_before()) {}

void LeaseKeeper::start(boost::asio::any_io_executor executor) {
  alarm_ = std::make_shared<outbox::Alarm>(executor);
  tasks_ = std::make_unique<outbox::TaskGroup>(executor);
  tasks_->spawn("lease", keep());
}

boost::asio::awaitable<void> LeaseKeeper::keep() {
  while (!stopping_) {
    co_await alarm_->wait(db::WorkerLease::heartbeat_ms);
    if (stopping_) co_return;
    auto renew = [&](db::Tx& tx) { return lease_.renew(tx, clock_.now(), ids_.last_used()); };
    bool kept = true;  // what could not be written is tried again; only another owner ends it
    try {
      kept = co_await database_.write(renew);
    } catch (const std::exception& e) {
      log::error("app.lease_not_renewed", {{"error", e.what()}});
    }
    if (kept) continue;
    log::error("app.lease_lost", {{"worker", lease_.worker()}});
    on_lost_();
    co_return;
  }
}

boost::asio::awaitable<void> LeaseKeeper::stop() {
  stopping_ = true;
  alarm_->ring();
  co_await tasks_->join();
  auto release = [&](db::Tx& tx) {
    lease_.release(tx, ids_.last_used());
    return true;
  };
  if (database_.healthy()) co_await database_.write(release);
}

}  // namespace tollgate::app
