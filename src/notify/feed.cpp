#include "notify/feed.hpp"

#include <boost/asio/this_coro.hpp>
#include <mutex>
#include <set>

#include "outbox/tasks.hpp"

namespace tollgate::notify {

/// Who waits for the next event. Rung from the database's thread.
struct Feed::Waiters {
  std::mutex mutex;
  std::set<std::shared_ptr<outbox::Alarm>> alarms;  // guarded
  bool released = false;                            // guarded

  void ring() {
    const std::lock_guard lock(mutex);
    for (const auto& alarm : alarms) alarm->ring();
  }
  bool over() {
    const std::lock_guard lock(mutex);
    return released;
  }
};

/// A place among the waiters, for as long as a wait lasts.
class Feed::Place {
 public:
  Place(std::shared_ptr<Waiters> waiters, std::shared_ptr<outbox::Alarm> alarm)
      : waiters_(std::move(waiters)), alarm_(std::move(alarm)) {
    const std::lock_guard lock(waiters_->mutex);
    waiters_->alarms.insert(alarm_);
  }
  ~Place() {
    const std::lock_guard lock(waiters_->mutex);
    waiters_->alarms.erase(alarm_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  std::shared_ptr<Waiters> waiters_;
  std::shared_ptr<outbox::Alarm> alarm_;
};

Feed::Feed(db::Database& database, outbox::Outbox& outbox, const Clock& clock)
    : database_(database), clock_(clock), waiters_(std::make_shared<Waiters>()) {
  outbox.on_event([waiters = waiters_](const outbox::EventNotice&) { waiters->ring(); });
}

Feed::~Feed() = default;

boost::asio::awaitable<std::vector<outbox::StoredEvent>> Feed::read(Query query) {
  auto look = [&](db::Tx& tx) {
    return outbox::events::after(tx, query.after, query.type, query.limit);
  };
  if (query.wait_ms <= 0) co_return co_await database_.read(look);
  const std::int64_t until_ms = clock_.steady_ms() + query.wait_ms;
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto alarm = std::make_shared<outbox::Alarm>(executor);
  // Before the first look: an event that commits after it rings.
  const Place place(waiters_, alarm);
  for (;;) {
    auto found = co_await database_.read(look);
    const std::int64_t left_ms = until_ms - clock_.steady_ms();
    if (!found.empty() || left_ms <= 0 || waiters_->over()) co_return found;
    co_await alarm->wait(left_ms);
  }
}

void Feed::release() {
  {
    const std::lock_guard lock(waiters_->mutex);
    waiters_->released = true;
  }
  waiters_->ring();
}

}  // namespace tollgate::notify
