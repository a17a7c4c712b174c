#include "db/stepped_database.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <memory>

using namespace tollgate;
using namespace tollgate::db;

namespace {

const Sql insert_row{"INSERT INTO t (id) VALUES (:id)"};
const Sql count_rows{"SELECT COUNT(*) FROM t"};

struct Fixture {
  MemoryDisk disk;
  int works = 0;
  boost::asio::io_context context;  // outlives the units that wait to come home to it
  std::unique_ptr<SteppedDatabase> db = open();
  std::vector<std::int64_t> answered;
  int failed = 0;

  Fixture() { db->run_script("CREATE TABLE t (id INTEGER PRIMARY KEY)"); }

  std::unique_ptr<SteppedDatabase> open(std::size_t queue = 100) {
    return std::make_unique<SteppedDatabase>(disk, queue, [this] { ++works; });
  }
  std::int64_t count() {
    return db->read_blocking([](Tx& tx) { return *tx.value<std::int64_t>(count_rows); });
  }
  boost::asio::awaitable<void> insert(std::int64_t id) {
    auto work = [id](Tx& tx) { return tx.exec(insert_row, id); };
    co_await db->write(work);
    answered.push_back(id);
  }
  void begin(std::int64_t id) {
    boost::asio::co_spawn(context, insert(id), [this](std::exception_ptr error) {
      if (error) ++failed;
    });
    context.restart();
    context.poll();
  }
  void run() {
    context.restart();
    context.poll();
  }
};

}  // namespace

TEST_CASE("units wait until the owner commits them, and are answered when it tells them") {
  Fixture f;
  for (const int id : {1, 2, 3}) f.begin(id);
  CHECK(f.works == 3);
  CHECK(f.db->waiting() == 3);
  CHECK(f.count() == 0);
  f.db->commit(2);
  f.run();
  CHECK(f.count() == 2);
  CHECK(f.answered.empty());
  f.db->tell();
  f.run();
  CHECK(f.answered == std::vector<std::int64_t>{1, 2});
  CHECK(f.db->waiting() == 1);
}

TEST_CASE("what is dropped is never answered; what was committed is on the disk of the next one") {
  Fixture f;
  f.begin(1);
  f.db->commit(1);
  f.begin(2);
  f.db->drop();
  f.run();
  CHECK(f.answered.empty());
  CHECK(f.failed == 0);
  CHECK_THROWS_AS(f.count(), DatabaseError);
  f.db = f.open();
  CHECK(f.count() == 1);
}

TEST_CASE("a unit that fails is undone alone, and a full queue refuses") {
  Fixture f;
  f.begin(1);
  f.begin(1);
  f.begin(2);
  f.db->commit(3);
  f.db->tell();
  f.run();
  CHECK(f.answered == std::vector<std::int64_t>{1, 2});
  CHECK(f.failed == 1);
  f.db = f.open(1);
  f.begin(3);
  f.begin(4);
  CHECK(f.failed == 2);
  CHECK(f.db->waiting() == 1);
}

TEST_CASE("stop finishes what waits") {
  Fixture f;
  f.begin(1);
  f.db->stop();
  f.run();
  CHECK(f.answered == std::vector<std::int64_t>{1});
  CHECK_FALSE(f.db->healthy());
}
