#include "db/worker_lease.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "base/snowflake.hpp"
#include "db/migrate.hpp"
#include "support/temp_dir.hpp"

using namespace tollgate;
using namespace tollgate::db;

namespace {

struct Fixture {
  test::TempDir dir;
  ManualClock clock;
  SeededRandom random{1};
  std::unique_ptr<Database> db;
  Fixture() {
    Options options;
    options.url = "sqlite:" + dir.file("t.db");
    db = Database::open(options, [] {});
    migrate(*db);
  }
  WorkerLease take() { return WorkerLease::take(*db, clock, random, false); }
};

}  // namespace

TEST_CASE("two instances never hold one worker number") {
  Fixture f;
  std::set<int> workers;
  for (int i = 0; i < 20; ++i) workers.insert(f.take().worker());
  CHECK(workers.size() == 20);
}

TEST_CASE("a lease that ended is taken over and its old holder learns of it") {
  Fixture f;
  const auto first = f.take();
  f.clock.advance_ms(WorkerLease::lease_ms + 1);
  const auto second = f.take();
  CHECK(second.worker() == first.worker());
  const auto renew = [&](const WorkerLease& lease) {
    return f.db->write_blocking([&](Tx& tx) { return lease.renew(tx, f.clock.now(), {}); });
  };
  CHECK_FALSE(renew(first));
  CHECK(renew(second));
}

TEST_CASE("a clock that went back between two lives yields no duplicate id") {
  Fixture f;
  std::set<std::int64_t> ids;
  const auto first = f.take();
  Snowflake generator(f.clock, first.worker(), first.not_before());
  for (int i = 0; i < 5000; ++i) ids.insert(generator.next());
  f.clock.set({f.clock.now().ms - 3'600'000});
  const auto second = WorkerLease::take(*f.db, f.clock, f.random, true);
  CHECK(second.worker() == first.worker());
  Snowflake later(f.clock, second.worker(), second.not_before());
  for (int i = 0; i < 5000; ++i) ids.insert(later.next());
  CHECK(ids.size() == 10000);
}
