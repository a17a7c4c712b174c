#include "notify/claims.hpp"

namespace tollgate::notify {

namespace asio = boost::asio;

namespace {

constexpr std::int64_t lease_slack_ms = 60'000;

class LeasedClaims final : public Claims {
 public:
  LeasedClaims(db::Database& database, const Clock& clock, const CurrentPolicy& policy)
      : database_(database), clock_(clock), policy_(policy) {}

  /// Leases of the dead end by themselves.
  asio::awaitable<void> begin() override { co_return; }

  asio::awaitable<Claim> take(WebhookId webhook, std::size_t limit) override {
    const TimeMs now = clock_.now();
    const TimeMs lease_until = now.plus_ms(2 * policy_.get()->timeout_ms + lease_slack_ms);
    auto work = [&](db::Tx& tx) {
      Claim claim{webhooks::find(tx, webhook), {}};
      if (!claim.webhook || !claim.webhook->enabled) return claim;
      claim.due.rows = outbox::deliveries::claim(tx, webhook, now, lease_until, limit);
      claim.due.more = claim.due.rows.size() == limit;
      if (!claim.due.more) claim.due.next = outbox::deliveries::next_due(tx, webhook, now);
      return claim;
    };
    co_return co_await database_.write(work);
  }

  void settled(WebhookId, DeliveryId) override {}
  void lost(WebhookId, DeliveryId) override {}  // its lease ends
  bool give_back(WebhookId, DeliveryId) override { return false; }

 private:
  db::Database& database_;
  const Clock& clock_;
  const CurrentPolicy& policy_;
};

}  // namespace

std::unique_ptr<Claims> leased_claims(db::Database& database, const Clock& clock,
                                      const CurrentPolicy& policy) {
  return std::make_unique<LeasedClaims>(database, clock, policy);
}

/// Leases are of a time when claims were written; their tokens go on, so that nothing of that time
/// can be taken for ours.
asio::awaitable<void> HeldClaims::begin() {
  auto release = [](db::Tx& tx) {
    outbox::deliveries::release_all(tx);
    return true;
  };
  co_await database_.write(release);
}

/// What is held when the read begins is left out, though it may be settled before the read's
/// answer is here: the read may have seen it as it was before that. Who settles it looks again.
asio::awaitable<Claim> HeldClaims::take(WebhookId webhook, std::size_t limit) {
  const auto held = held_now(webhook);
  const TimeMs now = clock_.now();
  auto work = [&](db::Tx& tx) {
    Claim claim{webhooks::find(tx, webhook), {}};
    if (!claim.webhook || !claim.webhook->enabled) return claim;
    claim.due = outbox::deliveries::due(tx, webhook, now, limit, held);
    return claim;
  };
  Claim claim = co_await database_.read(work);
  if (!claim.due.rows.empty()) {
    auto& its = held_[webhook];
    for (const auto& row : claim.due.rows) its.emplace(row.id, std::nullopt);
  }
  co_return claim;
}

std::vector<DeliveryId> HeldClaims::held_now(WebhookId webhook) {
  std::vector<DeliveryId> ids;
  const auto its = held_.find(webhook);
  if (its == held_.end()) return ids;
  const std::int64_t now_ms = clock_.steady_ms();
  std::erase_if(its->second,
                [&](const auto& entry) { return entry.second && *entry.second <= now_ms; });
  for (const auto& [id, until] : its->second) ids.push_back(id);
  if (ids.empty()) held_.erase(its);
  return ids;
}

void HeldClaims::settled(WebhookId webhook, DeliveryId id) {
  const auto its = held_.find(webhook);
  if (its == held_.end()) return;
  its->second.erase(id);
  if (its->second.empty()) held_.erase(its);
}

void HeldClaims::lost(WebhookId webhook, DeliveryId id) {
  held_[webhook][id] = clock_.steady_ms() + lost_pause_ms;
}

bool HeldClaims::give_back(WebhookId webhook, DeliveryId id) {
  settled(webhook, id);
  return true;
}

}  // namespace tollgate::notify
