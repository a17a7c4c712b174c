#include "simulate/scheduler.hpp"

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

#include "outbox/timer.hpp"

namespace tollgate::simulate {
namespace {

namespace asio = boost::asio;

constexpr std::int64_t slip_ms = 20;
constexpr std::uint64_t one_slip_in = 50;

class JumpingTimer final : public outbox::Timer {
 public:
  JumpingTimer(Scheduler& scheduler, const void* lane, asio::any_io_executor executor)
      : scheduler_(scheduler), lane_(lane), executor_(std::move(executor)) {}

  asio::awaitable<void> wait(std::int64_t ms) override {
    auto initiate = [this, ms](auto handler) {
      auto shared = std::make_shared<decltype(handler)>(std::move(handler));
      auto wake = [executor = executor_, shared] {
        asio::post(executor, [shared] { std::move (*shared)(); });
      };
      const std::int64_t due_ms = scheduler_.now_ms() + std::max<std::int64_t>(ms, 0);
      id_ = scheduler_.call_at(due_ms, std::move(wake), lane_);
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiate,
                                                                         asio::use_awaitable);
  }
  void cancel() override { scheduler_.call_now(id_); }

 private:
  Scheduler& scheduler_;
  const void* lane_;
  asio::any_io_executor executor_;
  std::uint64_t id_ = 0;
};

class JumpingTimers final : public outbox::Timers {
 public:
  JumpingTimers(Lane& lane, Scheduler& scheduler)
      : Timers(lane), lane_(&lane), scheduler_(scheduler) {}
  std::unique_ptr<outbox::Timer> make(asio::any_io_executor executor) override {
    return std::make_unique<JumpingTimer>(scheduler_, lane_, std::move(executor));
  }

 private:
  const void* lane_;
  Scheduler& scheduler_;
};

}  // namespace

Lane::Lane(Scheduler& scheduler)
    : io_context(BOOST_ASIO_CONCURRENCY_HINT_1),
      scheduler_(scheduler),
      guard_(asio::make_work_guard(*this)) {
  asio::add_service<outbox::Timers>(*this, new JumpingTimers(*this, scheduler));
  scheduler_.lanes_.push_back(this);
}

Lane::~Lane() {
  kill();
}

void Lane::kill() {
  std::erase(scheduler_.lanes_, this);
  scheduler_.drop_timers(this);
  shutdown();
}

std::uint64_t Scheduler::call_at(std::int64_t due_ms, Callback call, const void* owner) {
  const std::uint64_t id = ++last_id_;
  sleepers_.emplace(Key{due_ms, id}, Sleeper{std::move(call), owner});
  due_of_.emplace(id, due_ms);
  return id;
}

void Scheduler::call_now(std::uint64_t id) {
  const auto due = due_of_.find(id);
  if (due == due_of_.end()) return;
  auto node = sleepers_.extract(Key{due->second, id});
  due_of_.erase(due);
  node.mapped().call();
}

void Scheduler::drop_timers(const void* owner) {
  std::vector<Sleeper> dropped;  // destroyed last: what they hold may come back here
  for (auto at = sleepers_.begin(); at != sleepers_.end();) {
    if (at->second.owner != owner) {
      ++at;
      continue;
    }
    due_of_.erase(at->first.second);
    dropped.push_back(std::move(at->second));
    at = sleepers_.erase(at);
  }
}

std::optional<std::int64_t> Scheduler::next_due(const void* owner) const {
  for (const auto& [key, sleeper] : sleepers_)
    if (sleeper.owner == owner) return key.first;
  return std::nullopt;
}

bool Scheduler::run_a_lane() {
  const std::size_t count = lanes_.size();
  if (count == 0) return false;
  const std::size_t first = random_.below(count);
  for (std::size_t i = 0; i < count; ++i) {
    Lane& lane = *lanes_[(first + i) % count];
    if (lane.stalled_until_ms_ > now_ms_) continue;
    if (lane.poll_one() == 0) continue;
    ++steps_;
    return true;
  }
  return false;
}

bool Scheduler::wake_next() {
  if (sleepers_.empty()) return false;
  auto node = sleepers_.extract(sleepers_.begin());
  due_of_.erase(node.key().second);
  now_ms_ = std::max(now_ms_, node.key().first);
  node.mapped().call();
  return true;
}

/// A thread is not infinitely fast: now and then a sleeper that is due soon wakes before what could
/// run has run.
bool Scheduler::time_slips() {
  if (sleepers_.empty() || sleepers_.begin()->first.first > now_ms_ + slip_ms) return false;
  return random_.below(one_slip_in) == 0;
}

bool Scheduler::step() {
  if (time_slips()) return wake_next();
  return run_a_lane() || wake_next();
}

}  // namespace tollgate::simulate
