// The worker number of this instance's ids, leased in the database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "db/database.hpp"

namespace tollgate::db {

/// Every id of a worker number lies below its `used_until`; a later holder starts after that, so
/// that a clock which went back between two lives yields no duplicate.
class WorkerLease {
 public:
  static constexpr std::int64_t lease_ms = 60'000;
  static constexpr std::int64_t heartbeat_ms = 10'000;
  static constexpr std::int64_t reserve_ms = 15'000;

  /// Takes the lowest number that nobody holds. Throws DatabaseError when all 1024 are held.
  /// `sole_instance`: the file belongs to this process, so leases of dead processes are void at
  /// once.
  static WorkerLease take(Database& database, const Clock& clock, Random& random,
                          bool sole_instance);

  int worker() const { return worker_; }
  /// The highest time that an earlier holder may have used.
  TimeMs not_before() const { return not_before_; }

  /// Extends the lease; `last_used` is Snowflake::last_used(). False when it was lost: the process
  /// must stop making ids. Within a unit of work.
  bool renew(Tx& tx, TimeMs now, TimeMs last_used) const;
  /// Gives the number back at a clean stop.
  void release(Tx& tx, TimeMs last_used) const;

 private:
  WorkerLease(int worker, std::string owner, TimeMs not_before)
      : worker_(worker), owner_(std::move(owner)), not_before_(not_before) {}
  int worker_;
  std::string owner_;
  TimeMs not_before_;
};

}  // namespace tollgate::db
