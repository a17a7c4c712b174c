#include "notify/deliverer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "notify/deliverer_impl.hpp"

namespace tollgate::notify {

namespace asio = boost::asio;

Deliverer::Deliverer(const Parts& parts, const KeyMaker& keys, const Bounds& bounds,
                     const CurrentPolicy& policy)
    : impl_(std::make_unique<Impl>(parts, keys, bounds, policy)) {
  parts.outbox.on_delivery([inbox = impl_->inbox](WebhookId webhook) { inbox->wake(webhook); });
}

Deliverer::~Deliverer() = default;

void Deliverer::wake(WebhookId webhook) {
  impl_->inbox->wake(webhook);
}
void Deliverer::refresh(WebhookId webhook) {
  impl_->inbox->refresh(webhook);
}

void Deliverer::start(asio::any_io_executor executor, bool sole_instance) {
  auto& impl = *impl_;
  TOLLGATE_ASSERT(!impl.alarm);
  impl.strand = asio::make_strand(executor);
  impl.alarm = std::make_shared<outbox::Alarm>(impl.strand);
  impl.tasks = std::make_unique<outbox::TaskGroup>(impl.strand);
  if (sole_instance)
    impl.claims = std::make_unique<HeldClaims>(impl.parts.database, impl.parts.clock);
  else
    impl.claims = leased_claims(impl.parts.database, impl.parts.clock, impl.policy);
  impl.results =
      std::make_unique<ResultWriter>(impl.parts.database, impl.parts.outbox, *impl.tasks,
                                     [&impl](const Finished& finished) { impl.ended(finished); });
  impl.inbox->ring_by(impl.alarm);
  // The group counts its tasks on the strand.
  asio::post(impl.strand, [&impl] { impl.tasks->spawn("deliverer", impl.run()); });
}

asio::awaitable<void> Deliverer::stop() {
  if (!impl_->alarm) co_return;
  impl_->inbox->ring_by(nullptr);
  co_await asio::co_spawn(impl_->strand, impl_->join(), asio::use_awaitable);
}

}  // namespace tollgate::notify
