#include "notify/notify.hpp"

#include "notify/deliverer.hpp"
#include "notify/routes.hpp"
#include "notify/signing.hpp"
#include "notify/webhook_service.hpp"

namespace tollgate::notify {

struct Notify::Impl {
  Impl(const Parts& p, Options options)
      : parts(p),
        keys(std::move(options.master_key)),
        policy(options.policy),
        deliverer(parts, keys, options.bounds, policy),
        service(parts, deliverer),
        feed(parts.database, parts.outbox, parts.clock),
        routes(parts, keys, service, feed, policy) {
    parts.outbox.delay_first_try(options.policy.gaps_ms.front());
  }

  const Parts parts;
  const KeyMaker keys;
  CurrentPolicy policy;
  Deliverer deliverer;
  WebhookService service;
  Feed feed;
  Routes routes;
};

Notify::Notify(const Parts& parts, Options options)
    : impl_(std::make_unique<Impl>(parts, std::move(options))) {}

Notify::~Notify() = default;

std::vector<api::Route> Notify::routes() {
  return impl_->routes.table();
}

void Notify::set_policy(Policy policy) {
  impl_->policy.set(std::move(policy));
  impl_->parts.outbox.delay_first_try(impl_->policy.get()->gaps_ms.front());
}

void Notify::start(boost::asio::any_io_executor executor, bool sole_instance) {
  impl_->deliverer.start(executor, sole_instance);
}

void Notify::release_waiting() {
  impl_->feed.release();
}

boost::asio::awaitable<void> Notify::stop() {
  return impl_->deliverer.stop();
}

}  // namespace tollgate::notify
