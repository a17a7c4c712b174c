// The rows of deliveries: one for each (event, webhook). Held by a lease, as jobs are, or, by a
// process that is alone with the database, in its memory; either way there is a fencing token, and
// every write of an attempt's result names it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/snowflake.hpp"
#include "base/strong_id.hpp"
#include "db/database.hpp"

namespace tollgate::outbox {

enum class DeliveryStatus { pending, delivered, dead };
std::string_view to_string(DeliveryStatus status);
std::optional<DeliveryStatus> parse_delivery_status(std::string_view word);

struct Delivery {
  DeliveryId id;
  EventId event;
  WebhookId webhook;
  DeliveryStatus status = DeliveryStatus::pending;
  int attempts = 0;
  TimeMs next_attempt;             ///< Meaningful while pending.
  std::optional<int> last_status;  ///< HTTP status of the last attempt; nothing where none came.
  std::optional<std::string> last_error;
  TimeMs created;
  std::optional<TimeMs> delivered;
};

struct DeliveryFilter {
  std::optional<DeliveryStatus> status;
  std::optional<WebhookId> webhook;
  DeliveryId before{INT64_MAX};  ///< Only ids below it.
  int limit = 20;
};

/// A delivery that is held, with the event it carries.
struct ClaimedDelivery {
  DeliveryId id;
  std::int64_t token = 0;
  int attempts = 0;  ///< Before this one.
  TimeMs lease_until;
  TimeMs created;
  EventId event;
  std::string type;
  TimeMs event_created;
  std::string data;
};

/// What waits for one webhook.
struct Due {
  std::vector<ClaimedDelivery> rows;
  bool more = false;           ///< Others are due, too.
  std::optional<TimeMs> next;  ///< Where no other is: when the next will be.
};

/// How an attempt ended.
struct AttemptResult {
  DeliveryId id;
  std::int64_t token = 0;
  DeliveryStatus status = DeliveryStatus::pending;
  int attempts = 0;  ///< With this one.
  TimeMs next_attempt;
  std::optional<int> last_status;
  std::optional<std::string> last_error;
  std::optional<TimeMs> delivered;
};

namespace deliveries {

/// Due deliveries of a webhook that nobody holds, the longest due first, leased until
/// `lease_until`.
std::vector<ClaimedDelivery> claim(db::Tx& tx, WebhookId webhook, TimeMs now, TimeMs lease_until,
                                   std::size_t limit);
/// Due deliveries of a webhook, the longest due first, without those of `held` (in ascending
/// order). Nothing is written, leases do not count: for a process that is alone with the database
/// and knows what it holds.
Due due(db::Tx& tx, WebhookId webhook, TimeMs now, std::size_t limit,
        const std::vector<DeliveryId>& held);
/// When the earliest delivery of a webhook that nobody holds is due.
std::optional<TimeMs> next_due(db::Tx& tx, WebhookId webhook, TimeMs now);
/// False where it was taken over, replayed or buried meanwhile: nothing was written.
bool record(db::Tx& tx, const AttemptResult& result);
/// Gives a claim back untried.
void release(db::Tx& tx, DeliveryId id, std::int64_t token);
/// Frees the leases of dead processes; at start, where the database belongs to this process.
void release_all(db::Tx& tx);

std::optional<Delivery> find(db::Tx& tx, DeliveryId id);
/// Newest first, at most filter.limit.
std::vector<Delivery> list(db::Tx& tx, const DeliveryFilter& filter);
std::int64_t count(db::Tx& tx, DeliveryStatus status);

/// Makes it pending and due now, with its attempts anew. False where there is no such delivery.
bool replay(db::Tx& tx, DeliveryId id, TimeMs now);
/// The same by what it carries; made where the webhook never had the event.
void replay(db::Tx& tx, Snowflake& ids, EventId event, WebhookId webhook, TimeMs now);
/// Marks up to `limit` pending deliveries of a webhook dead. Answers how many.
std::size_t bury(db::Tx& tx, WebhookId webhook, std::string_view reason, std::size_t limit);

}  // namespace deliveries
}  // namespace tollgate::outbox
