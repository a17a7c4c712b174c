#include "app/sealer.hpp"

#include "base/log.hpp"
#include "outbox/events.hpp"

namespace tollgate::app {

journal::EventSource outbox_events() {
  return [](db::Tx& tx, EventId after, int limit) {
    std::vector<journal::SealedEvent> list;
    for (auto& event : outbox::events::after(tx, after, std::nullopt, limit))
      list.push_back(
          {event.id, std::move(event.type), event.order, std::move(event.data), event.created});
    return list;
  };
}

void Sealer::start(const boost::asio::any_io_executor& executor) {
  alarm_ = std::make_shared<outbox::Alarm>(executor);
  tasks_ = std::make_unique<outbox::TaskGroup>(executor);
  tasks_->spawn("seals", run());
}

boost::asio::awaitable<void> Sealer::run() {
  bool last_round = false;
  while (!last_round) {
    if (!stopping_) co_await alarm_->wait(every_ms);
    last_round = stopping_;
    if (!fresh_.exchange(false)) continue;
    try {
      co_await seal_all();
    } catch (const std::exception& e) {  // the next round does it
      fresh_ = true;
      log::error("journal.seal_failed", {{"error", e.what()}});
    }
  }
}

boost::asio::awaitable<void> Sealer::seal_all() {
  auto next = [this](db::Tx& tx) { return journal::next_seal(tx, source_, clock_.now()); };
  while (true) {
    const auto seal = co_await database_.read(next);
    if (!seal) co_return;
    auto add = [&seal](db::Tx& tx) { return journal::add(tx, *seal); };
    const bool added = co_await database_.write(add, db::Repeat::yes);
    if (added) tell(*seal);
    if (added && seal->events < journal::events_in_seal) co_return;
  }
}

void Sealer::tell(const journal::Seal& seal) {
  if (seal.sealed_at < told_.plus_ms(tell_every_ms)) return;
  told_ = seal.sealed_at;
  log::info("journal.sealed",
            {{"seal", seal.id}, {"head", seal.hash}, {"postings", seal.posting_id}});
}

boost::asio::awaitable<void> Sealer::stop() {
  stopping_ = true;
  alarm_->ring();
  co_await tasks_->join();
}

}  // namespace tollgate::app
