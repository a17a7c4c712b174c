// What notify is built from.
#pragma once

#include "api/idempotency.hpp"
#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "base/snowflake.hpp"
#include "db/database.hpp"
#include "net/http_client.hpp"
#include "notify/policy.hpp"
#include "outbox/outbox.hpp"

namespace tollgate::notify {

/// All must outlive Notify.
struct Parts {
  db::Database& database;
  outbox::Outbox& outbox;
  api::Idempotency& idempotency;
  net::HttpClient& client;
  Snowflake& ids;
  const Clock& clock;
  Random& random;
  Metrics& metrics;
};

/// Tries under way, at most.
struct Bounds {
  std::size_t in_flight_per_endpoint = 8;
  std::size_t in_flight = 256;
};

}  // namespace tollgate::notify
