#include "db/worker_lease.hpp"

#include <algorithm>

#include "base/snowflake.hpp"

namespace tollgate::db {
namespace {

const Sql all_leases{"SELECT worker, lease_until, used_until FROM worker_leases ORDER BY worker"};
const Sql insert_lease{
    "INSERT INTO worker_leases (worker, owner, lease_until, used_until) "
    "VALUES (:worker, :owner, :lease_until, :used_until)"};
const Sql take_lease{
    "UPDATE worker_leases SET owner = :owner, lease_until = :lease_until, used_until = :used_until "
    "WHERE worker = :worker AND lease_until = :seen"};
const Sql renew_lease{
    "UPDATE worker_leases SET lease_until = :lease_until, used_until = :used_until "
    "WHERE worker = :worker AND owner = :owner"};

struct Held {
  int worker;
  TimeMs lease_until;
  TimeMs used_until;
};

}  // namespace

WorkerLease WorkerLease::take(Database& database, const Clock& clock, Random& random,
                              bool sole_instance) {
  const std::string owner = random.alphanumeric(20);
  auto attempt = [&](Tx& tx) -> std::optional<WorkerLease> {
    const TimeMs now = clock.now();
    std::vector<Held> held;
    tx.query(all_leases, [&](Columns& c) {
      Held h{};
      c >> h.worker >> h.lease_until >> h.used_until;
      held.push_back(h);
    });
    const TimeMs until = now.plus_ms(lease_ms);
    for (const auto& h : held) {
      if (!sole_instance && h.lease_until > now) continue;
      const TimeMs start = std::max(h.used_until, now);
      if (tx.exec(take_lease, owner, until, start.plus_ms(reserve_ms), h.worker, h.lease_until) ==
          1)
        return WorkerLease(h.worker, owner, h.used_until);
    }
    const int next = held.empty() ? 0 : held.back().worker + 1;
    if (next >= Snowflake::workers) throw DatabaseError("all worker numbers are leased");
    tx.exec(insert_lease, next, owner, until, now.plus_ms(reserve_ms));
    return WorkerLease(next, owner, TimeMs{});
  };
  auto lease = database.write_blocking(attempt);
  return *std::move(lease);
}

bool WorkerLease::renew(Tx& tx, TimeMs now, TimeMs last_used) const {
  const TimeMs used_until = std::max(now, last_used).plus_ms(reserve_ms);
  return tx.exec(renew_lease, now.plus_ms(lease_ms), used_until, worker_, owner_) == 1;
}

void WorkerLease::release(Tx& tx, TimeMs last_used) const {
  tx.exec(renew_lease, TimeMs{}, last_used, worker_, owner_);
}

}  // namespace tollgate::db
