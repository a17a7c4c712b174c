// Inside of the driver; for its own source files.
#pragma once

#include "channel/chain.hpp"
#include "channel/driver.hpp"

namespace tollgate::channel {

struct Driver::Impl {
  DriverOptions options;
  net::HttpClient& client;
  db::Database& database;
  Snowflake& ids;
  const Clock& clock;
  Metrics& metrics;
  Chain chain;
};

/// The outcome of an operation whose plugin broke the rules.
sdk::Outcome broken_outcome(std::string what);

}  // namespace tollgate::channel
