#include "notify/result_writer.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <iterator>

#include "base/fault.hpp"
#include "base/log.hpp"
#include "notify/endpoint_state.hpp"

namespace tollgate::notify {

namespace asio = boost::asio;

namespace {

constexpr std::size_t batch_size = 256;
constexpr std::int64_t overload_pause_ms = 50;
/// After a failure: bounds how much can be lost in a time, for what was lost is kept in mind.
constexpr std::int64_t failure_pause_ms = 500;

asio::awaitable<void> pause(std::int64_t ms) {
  const auto timer = outbox::make_timer(co_await asio::this_coro::executor);
  co_await timer->wait(ms);
}

}  // namespace

void ResultWriter::add(Finished finished) {
  waiting_.push_back(std::move(finished));
  if (flushing_) return;
  flushing_ = true;
  tasks_.spawn("deliveries.results", flush());
}

std::vector<Finished> ResultWriter::take_batch() {
  const auto end =
      waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(waiting_.size(), batch_size));
  std::vector<Finished> batch(std::make_move_iterator(waiting_.begin()),
                              std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  return batch;
}

asio::awaitable<void> ResultWriter::flush() {
  while (!waiting_.empty()) {
    auto batch = take_batch();
    bool done = false;
    std::string failure;
    try {
      done = co_await write(batch);
    } catch (const std::exception& e) {
      failure = e.what();
    }
    if (!failure.empty()) {
      log::error("deliveries.results_lost", {{"count", batch.size()}, {"error", failure}});
      for (auto& finished : batch) finished.fate = Finished::Fate::lost;
      for (const auto& finished : batch) ended_(finished);
      co_await pause(failure_pause_ms);
    } else if (!done) {
      waiting_.insert(waiting_.begin(), std::make_move_iterator(batch.begin()),
                      std::make_move_iterator(batch.end()));
      co_await pause(overload_pause_ms);
    } else {
      fault::point("delivery.recorded");
      for (const auto& finished : batch) ended_(finished);
    }
  }
  flushing_ = false;
}

asio::awaitable<bool> ResultWriter::write(std::vector<Finished>& batch) {
  auto work = [&](db::Tx& tx) {
    for (auto& finished : batch) apply(tx, finished);
    return true;
  };
  bool overloaded = false;
  try {
    co_await database_.write(work);
  } catch (const db::Overloaded&) {
    overloaded = true;
  }
  co_return !overloaded;
}

void ResultWriter::apply(db::Tx& tx, Finished& finished) {
  const auto& result = finished.result;
  if (finished.untried) return outbox::deliveries::release(tx, result.id, result.token);
  const bool recorded = outbox::deliveries::record(tx, result);
  finished.fate = recorded ? Finished::Fate::written : Finished::Fate::fenced;
  if (!recorded || finished.kind != Verdict::Kind::gone) return;
  if (auto webhook = webhooks::find(tx, finished.webhook))
    switch_off(tx, outbox_, *webhook, "gone");
}

}  // namespace tollgate::notify
