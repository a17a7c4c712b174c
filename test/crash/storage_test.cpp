// The database over a disk that fails (SQLite's own method: the n-th operation fails, once or for
// ever, n = 1, 2, … until a run is clean). Loaded with disk.so in front.
#include <dlfcn.h>
#include <errno.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "crash/disk/disk.h"
#include "db/database.hpp"
#include "support/temp_dir.hpp"

using namespace tollgate;
using namespace tollgate::db;

namespace {

const Sql insert_row{"INSERT INTO t (id, pair, name) VALUES (:id, :pair, :name)"};
const Sql select_ids{"SELECT id FROM t ORDER BY id"};
const Sql select_halves{"SELECT COUNT(*) FROM t GROUP BY pair HAVING COUNT(*) <> 2"};
const Sql integrity_check{"PRAGMA integrity_check"};
const std::string text(500, 'x');

disk_control control{};

void watch(const std::string& path) {
  using Watch = void (*)(const char*, disk_control*);
  const auto watch = reinterpret_cast<Watch>(::dlsym(RTLD_DEFAULT, "disk_watch"));
  REQUIRE(watch != nullptr);  // run by ctest, which loads it
  watch(path.c_str(), &control);
}

constexpr std::uint32_t both = 1u << disk_database | 1u << disk_wal;
constexpr std::uint32_t all = both | 1u << disk_journal;

struct Fault {
  std::uint32_t operations;
  int error;
  std::uint64_t at;
  bool for_ever;
  std::uint32_t files = all;
};

void arm(const Fault& fault) {
  control = {1, fault.operations, fault.files, fault.error, fault.at, fault.for_ever, 0, 0, 0};
}

/// A database, its file and who was told that it broke.
struct Rig {
  test::TempDir dir;
  const std::string path = dir.file("t.db");
  int broken = 0;
  std::set<std::int64_t> acknowledged;
  std::unique_ptr<Database> db;

  Rig() {
    control = {};
    watch(path);
  }
  ~Rig() { control = {}; }

  void open() {
    Options options;
    options.url = "sqlite:" + path;
    db = Database::open(options, [this] { ++broken; });
    db->run_script(
        "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, pair INTEGER, name TEXT)");
  }

  /// Two rows that belong together; true where it was acknowledged.
  bool write(std::int64_t id) {
    try {
      db->write_blocking([&](Tx& tx) {
        tx.exec(insert_row, 2 * id, id, text);
        return tx.exec(insert_row, 2 * id + 1, id, text);
      });
    } catch (const DatabaseError&) {
      return false;
    }
    acknowledged.insert({2 * id, 2 * id + 1});
    return true;
  }

  std::set<std::int64_t> ids() {
    return db->read_blocking([](Tx& tx) {
      std::set<std::int64_t> found;
      tx.query(select_ids, [&](Columns& c) { found.insert(c.next<std::int64_t>()); });
      return found;
    });
  }

  /// After a restart on a sound disk: consistent, and nothing acknowledged is missing.
  void check_books() {
    db.reset();
    control = {};
    broken = 0;
    open();
    CHECK(db->write_blocking([](Tx& tx) { return *tx.value<std::string>(integrity_check); }) ==
          "ok");
    CHECK_FALSE(db->write_blocking([](Tx& tx) { return tx.value<std::int64_t>(select_halves); }));
    const auto found = ids();
    CHECK(std::includes(found.begin(), found.end(), acknowledged.begin(), acknowledged.end()));
    CHECK(write(1'000'000));
    CHECK(broken == 0);
  }
};

/// Opens, writes, reads until something breaks; true where the fault was met.
bool live(Rig& rig, const Fault& fault) {
  arm(fault);
  try {
    rig.open();
    for (int i = 1; i <= 12; ++i) {
      const bool kept = rig.write(i);
      if (control.failed > 0 && kept && rig.broken == 0) (void)rig.ids();
      if (control.failed == 0) CHECK(kept);
    }
    const bool met = control.failed > 0;
    CHECK(rig.broken == (met ? 1 : 0));
    CHECK(rig.db->healthy() == !met);
    control.armed = 0;
    if (met) CHECK_FALSE(rig.write(100));  // a disk that is sound again is not trusted
    return met;
  } catch (const DatabaseError&) {
    REQUIRE(control.failed > 0);  // it could not even be opened
    return true;
  }
}

/// n = 1, 2, … until a run meets the fault no more. Answers how many runs met it.
int until_clean(const Fault& wanted) {
  Fault fault = wanted;
  for (fault.at = 1;; ++fault.at) {
    INFO("operations " << fault.operations << ", errno " << fault.error << ", number " << fault.at
                       << (fault.for_ever ? " and all after" : " alone"));
    Rig rig;
    const bool met = live(rig, fault);
    rig.check_books();
    if (!met) return static_cast<int>(fault.at) - 1;
    REQUIRE(fault.at < 1'000);
  }
}

}  // namespace

TEST_CASE(
    "whichever sync fails, nothing of its commit is acknowledged and the process must go P1") {
  for (const bool for_ever : {false, true}) CHECK(until_clean({disk_sync, EIO, 1, for_ever}) > 12);
}

TEST_CASE("whichever write fails or finds the disk full, likewise P1") {
  for (const bool for_ever : {false, true})
    for (const int error : {EIO, ENOSPC}) CHECK(until_clean({disk_write, error, 1, for_ever}) > 24);
}

TEST_CASE("whichever truncation fails, likewise P1") {
  for (const bool for_ever : {false, true}) {
    Rig rig;
    rig.open();
    for (int i = 501; i <= 503; ++i) CHECK(rig.write(i));
    rig.db.reset();
    live(rig, {disk_truncate, EIO, 1, for_ever});
    rig.check_books();
  }
}

TEST_CASE("a read that fails counts as well: the process must go") {
  Rig rig;
  rig.open();
  for (int i = 1; i <= 300; ++i) CHECK(rig.write(i));
  rig.db.reset();
  rig.open();
  arm({disk_read, EIO, 1, true, both});
  CHECK_THROWS_AS(rig.ids(), DatabaseError);
  CHECK(rig.broken == 1);
  CHECK_FALSE(rig.db->healthy());
  control.armed = 0;
  CHECK_THROWS_AS(rig.ids(), DatabaseError);
  CHECK_FALSE(rig.write(400));
  rig.check_books();
}

TEST_CASE("a checkpoint whose sync fails is not passed over: the process must go") {
  Rig rig;
  rig.open();
  arm({disk_sync, EIO, 1, false, 1u << disk_database});
  std::int64_t id = 1;
  while (rig.broken == 0 && id < 20'000) rig.write(id++);
  CHECK(control.failed == 1);
  CHECK(rig.broken == 1);
  CHECK_FALSE(rig.write(id));
  rig.check_books();
}

TEST_CASE("a log whose entry in its folder cannot be synced is not relied on: no start") {
  Rig rig;
  arm({disk_sync, EIO, 1, true, 1u << disk_folder});
  CHECK_THROWS_AS(rig.open(), DatabaseError);
  CHECK(control.failed > 1);  // SQLite's own attempts too
  rig.check_books();
}

TEST_CASE("what recovery finds in the log is on the disk before anyone relies on it P1") {
  Rig rig;
  rig.open();
  for (int i = 1; i <= 5; ++i) CHECK(rig.write(i));
  const std::string copy = rig.dir.file("copy.db");
  for (const auto* suffix : {"", "-wal"})  // as the process's end would leave them
    std::filesystem::copy_file(rig.path + suffix, copy + suffix);
  REQUIRE(std::filesystem::file_size(copy + "-wal") > 0);
  watch(copy);
  arm({disk_sync, EIO, 0, false, 1u << disk_database});
  Options options;
  options.url = "sqlite:" + copy;
  const auto again = Database::open(options, [] {});
  CHECK(control.seen == 1);
  CHECK(std::filesystem::file_size(copy + "-wal") == 0);
  control = {};
}
