// How the deliverer comes to hold deliveries. With several instances at one database each writes
// its claims there, as leases, before it sends. The only instance reads, and knows what it holds:
// no commit stands between that of an event and the webhook.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "db/database.hpp"
#include "notify/policy.hpp"
#include "notify/webhook_store.hpp"
#include "outbox/deliveries.hpp"

namespace tollgate::notify {

struct Claim {
  std::optional<Webhook> webhook;  ///< Nothing where it is deleted.
  outbox::Due due;                 ///< Empty unless it is enabled.
};

/// On the deliverer's strand. What take() gives is held until settled(), lost() or give_back(), or
/// until its lease ends.
class Claims {
 public:
  virtual ~Claims() = default;

  /// Before the first take(): frees what an earlier life held, where it surely is dead.
  virtual boost::asio::awaitable<void> begin() = 0;
  /// The webhook, and up to `limit` of its due deliveries that nobody holds. One at a time for each
  /// webhook. Throws as the database does; nothing is held then.
  virtual boost::asio::awaitable<Claim> take(WebhookId webhook, std::size_t limit) = 0;
  /// The result is written, or was refused by the fence.
  virtual void settled(WebhookId webhook, DeliveryId id) = 0;
  /// The result could not be written. It is due again after a pause, to spare the receiver.
  virtual void lost(WebhookId webhook, DeliveryId id) = 0;
  /// Gives it back untried. False where a write must do that (deliveries::release).
  virtual bool give_back(WebhookId webhook, DeliveryId id) = 0;
};

/// Claims by leases that last longer than a try may.
std::unique_ptr<Claims> leased_claims(db::Database& database, const Clock& clock,
                                      const CurrentPolicy& policy);

/// Claims in memory, for the only instance.
class HeldClaims final : public Claims {
 public:
  static constexpr std::int64_t lost_pause_ms = 60'000;

  HeldClaims(db::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  boost::asio::awaitable<void> begin() override;
  boost::asio::awaitable<Claim> take(WebhookId webhook, std::size_t limit) override;
  void settled(WebhookId webhook, DeliveryId id) override;
  void lost(WebhookId webhook, DeliveryId id) override;
  bool give_back(WebhookId webhook, DeliveryId id) override;

 private:
  /// What is held; what was lost until a steady time, the rest until its end is told.
  using Held = std::map<DeliveryId, std::optional<std::int64_t>>;
  std::vector<DeliveryId> held_now(WebhookId webhook);

  db::Database& database_;
  const Clock& clock_;
  std::unordered_map<WebhookId, Held> held_;
};

}  // namespace tollgate::notify
