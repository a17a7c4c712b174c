// The HTTP side of notify: webhooks, events, deliveries. Role admin, all of it.
#pragma once

#include <string>
#include <vector>

#include "api/context.hpp"
#include "notify/feed.hpp"
#include "notify/parts.hpp"
#include "notify/signing.hpp"
#include "notify/webhook_service.hpp"
#include "outbox/deliveries.hpp"
#include "outbox/events.hpp"

namespace tollgate::notify {

class Routes {
 public:
  using Answer = net::Awaitable<Result<net::Response>>;

  /// `policy` is asked for the reach of URLs at each request.
  Routes(const Parts& parts, const KeyMaker& keys, WebhookService& service, Feed& feed,
         const CurrentPolicy& policy);

  /// Handlers refer to this object.
  std::vector<api::Route> table();

 private:
  using SealedWork = std::function<Result<net::Response>(db::Tx&)>;

  Answer create_webhook(api::Context& context);
  Answer list_webhooks(api::Context& context);
  Answer get_webhook(api::Context& context);
  Answer change_webhook(api::Context& context);
  Answer delete_webhook(api::Context& context);
  Answer rotate_secret(api::Context& context);
  Answer replay_webhook(api::Context& context);
  Answer list_events(api::Context& context);
  Answer feed_events(api::Context& context);
  Answer get_event(api::Context& context);
  Answer list_deliveries(api::Context& context);
  Answer get_delivery(api::Context& context);
  Answer replay_delivery(api::Context& context);

  Answer answer_sealed(api::Context& context, SealedWork work);
  std::string sealed_json(const Webhook& webhook) const;
  void unseal(net::Response& response) const;
  Reach reach() const { return policy_.get()->reach(); }

  const Parts parts_;
  const KeyMaker& keys_;
  WebhookService& service_;
  Feed& feed_;
  const CurrentPolicy& policy_;
};

std::string to_json(const outbox::StoredEvent& event);
std::string to_json(const outbox::Delivery& delivery);

}  // namespace tollgate::notify
