// Reading what the outbox has written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/strong_id.hpp"
#include "db/database.hpp"

namespace tollgate::outbox {

struct StoredEvent {
  EventId id;
  std::string type;
  OrderId order;  ///< 0 for events of no order.
  std::string data;
  TimeMs created;
};

struct EventFilter {
  std::optional<std::string> type;
  std::optional<OrderId> order;
  EventId before{INT64_MAX};  ///< Only ids below it.
  int limit = 20;
};

namespace events {

std::optional<StoredEvent> find(db::Tx& tx, EventId id);
/// Newest first, at most filter.limit.
std::vector<StoredEvent> list(db::Tx& tx, const EventFilter& filter);

/// Oldest first: at most `limit` events whose ids are above `after`. Ids grow in the order of the
/// commits (one writer makes and commits them), so that nothing appears behind a place once read.
std::vector<StoredEvent> after(db::Tx& tx, EventId after, const std::optional<std::string>& type,
                               int limit);

/// A stretch of time, read in portions by id.
struct Range {
  TimeMs since;
  TimeMs until;   ///< Inclusive.
  EventId after;  ///< Ids above it; 0 for the first portion.
};
struct Brief {
  EventId id;
  std::string type;
};
/// At most `limit` events created in the range, in order of their ids.
std::vector<Brief> in_range(db::Tx& tx, const Range& range, int limit);

}  // namespace events
}  // namespace tollgate::outbox
