#include "db/database.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <future>
#include <thread>

#include "db/migrate.hpp"
#include "support/temp_dir.hpp"

using namespace tollgate;
using namespace tollgate::db;

namespace {

const Sql insert_row{"INSERT INTO t (id, name, maybe) VALUES (:id, :name, :maybe)"};
const Sql select_row{"SELECT id, name, maybe FROM t WHERE id = :id"};
const Sql count_rows{"SELECT COUNT(*) FROM t"};
const Sql update_row{"UPDATE t SET name = :name WHERE id = :id AND name = :old"};

struct Fixture {
  test::TempDir dir;
  bool broken = false;
  std::unique_ptr<Database> db = open();

  std::unique_ptr<Database> open() {
    Options options;
    options.url = "sqlite:" + dir.file("sub/test.db");
    return Database::open(options, [this] { broken = true; });
  }
  Fixture() {
    db->run_script("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL, maybe INTEGER)");
  }
  std::int64_t count() {
    return db->read_blocking([](Tx& tx) { return *tx.value<std::int64_t>(count_rows); });
  }
  void insert(std::int64_t id, const std::string& name) {
    db->write_blocking([&](Tx& tx) { return tx.exec(insert_row, id, name, nullptr); });
  }
};

struct Found {
  std::int64_t id;
  std::string name;
  std::optional<std::int64_t> maybe;
};

}  // namespace

TEST_CASE("values come back as they went in: NULL, empty, bytes, extremes") {
  Fixture f;
  const std::string bytes("a\0b\xE2\x82\xAC'\"", 8);
  f.db->write_blocking([&](Tx& tx) {
    tx.exec(insert_row, 1, bytes, INT64_MIN);
    tx.exec(insert_row, INT64_MAX, "", nullptr);
    tx.exec(insert_row, 3, std::string_view("x"), std::optional<std::int64_t>(7));
    return true;
  });
  const auto read = [&](std::int64_t id) {
    return *f.db->read_blocking([&](Tx& tx) {
      return tx.find(
          select_row,
          [](Columns& c) {
            Found found;
            c >> found.id >> found.name >> found.maybe;
            return found;
          },
          id);
    });
  };
  CHECK(read(1).name == bytes);
  CHECK(read(1).maybe == INT64_MIN);
  CHECK(read(INT64_MAX).name.empty());
  CHECK_FALSE(read(INT64_MAX).maybe);
  CHECK(read(3).maybe == 7);
}

TEST_CASE("a coroutine whose unit is refused gets the reason as its exception, and goes on (P10)") {
  test::TempDir dir;
  Options options;
  options.url = "sqlite:" + dir.file("t.db");
  options.queue = 1;
  const auto db = Database::open(options, [] {});
  std::promise<void> entered, leave;
  const auto hold = [&](Tx&) {
    entered.set_value();
    leave.get_future().wait();
    return true;
  };
  const auto nothing = [](Tx&) { return true; };
  std::thread holder([&] { db->write_blocking(hold); });
  entered.get_future().wait();
  std::thread waiter([&] { db->write_blocking(nothing); });
  while (db->waiting() == 0) std::this_thread::yield();

  std::string refused;
  const auto ask = [&]() -> boost::asio::awaitable<void> {
    try {
      co_await db->write(nothing);
      refused = "accepted";
    } catch (const Overloaded&) {
      refused = "overloaded";
    } catch (const DatabaseError&) {
      refused = "closed";
    }
  };
  const auto run = [&] {
    boost::asio::io_context context(1);
    boost::asio::co_spawn(context, ask(), boost::asio::detached);
    context.run();
    return refused;
  };
  CHECK(run() == "overloaded");
  leave.set_value();
  holder.join();
  waiter.join();
  CHECK(run() == "accepted");
  db->stop();
  CHECK(run() == "closed");
}

TEST_CASE("a unit that answers an error or throws leaves nothing, and its neighbours stand") {
  Fixture f;
  const auto refused = f.db->write_blocking([&](Tx& tx) -> Result<int> {
    tx.exec(insert_row, 1, "undone", nullptr);
    return Error(Errc::order_closed);
  });
  CHECK(refused.error().code == Errc::order_closed);
  CHECK_THROWS_AS(f.db->write_blocking([&](Tx& tx) -> int {
    tx.exec(insert_row, 2, "undone", nullptr);
    throw std::runtime_error("boom");
  }),
                  std::runtime_error);
  f.insert(3, "kept");
  CHECK(f.count() == 1);
}

TEST_CASE("of a group without savepoints one that fails is undone alone, and none counts twice") {
  for (const bool throws : {false, true}) {
    Fixture f;
    boost::asio::io_context context(1);
    std::promise<void> entered, leave;
    std::thread holder([&] {
      f.db->write_blocking([&](Tx&) {
        entered.set_value();
        leave.get_future().wait();
        return true;
      });
    });
    entered.get_future().wait();

    std::array<int, 4> runs{}, commits{};
    std::vector<std::string> ends;
    const auto unit = [&](std::size_t i, Repeat repeat) -> boost::asio::awaitable<void> {
      auto work = [&, i](Tx& tx) -> Result<int> {
        ++runs.at(i);
        tx.exec(insert_row, static_cast<int>(i), "row", nullptr);
        tx.after_commit([&commits, i] { ++commits.at(i); });
        if (i != 2) return 1;
        if (throws) throw std::runtime_error("boom");
        return Error(Errc::order_closed);
      };
      std::string end;
      try {
        end = co_await f.db->write(work, repeat) ? "kept" : "refused";
      } catch (const std::runtime_error&) {
        end = "threw";
      }
      ends.push_back(std::to_string(i) + " " + end);
    };
    for (const std::size_t i : {0, 1, 2, 3})
      boost::asio::co_spawn(context, unit(i, i == 1 ? Repeat::no : Repeat::yes),
                            boost::asio::detached);
    context.poll();
    while (f.db->waiting() < 4) std::this_thread::yield();
    leave.set_value();
    context.run();
    holder.join();

    std::ranges::sort(ends);
    CHECK(ends ==
          std::vector<std::string>{"0 kept", "1 kept", throws ? "2 threw" : "2 refused", "3 kept"});
    CHECK(f.count() == 3);
    CHECK(runs == std::array{2, 1, 2, 1});
    CHECK(commits == std::array{1, 1, 0, 1});
  }
}

TEST_CASE("a unique violation undoes its statement alone and can be caught inside the unit") {
  Fixture f;
  f.insert(1, "first");
  f.db->write_blocking([&](Tx& tx) {
    CHECK_THROWS_AS(tx.exec(insert_row, 1, "secret-value", nullptr), UniqueViolation);
    tx.exec(insert_row, 2, "second", nullptr);
    return true;
  });
  CHECK(f.count() == 2);
  CHECK_FALSE(f.broken);
}

TEST_CASE("error texts never hold bound values (P9)") {
  Fixture f;
  f.insert(1, "x");
  try {
    f.db->write_blocking([&](Tx& tx) { return tx.exec(insert_row, 1, "secret-value", nullptr); });
    FAIL("must throw");
  } catch (const DatabaseError& e) {
    CHECK(std::string(e.what()).find("secret-value") == std::string::npos);
  }
}

TEST_CASE("a conditional update tells by its count whether the state was as expected") {
  Fixture f;
  f.insert(1, "old");
  const auto update = [&](const char* to, const char* from) {
    return f.db->write_blocking([&](Tx& tx) { return tx.exec(update_row, to, 1, from); });
  };
  CHECK(update("new", "old") == 1);
  CHECK(update("newer", "old") == 0);
}

TEST_CASE("after_commit runs for kept units only, after the effect can be read") {
  Fixture f;
  std::int64_t seen = -1;
  f.db->write_blocking([&](Tx& tx) {
    tx.exec(insert_row, 1, "x", nullptr);
    tx.after_commit([&] { seen = f.count(); });
    return true;
  });
  CHECK(seen == 1);
  bool ran = false;
  (void)f.db->write_blocking([&](Tx& tx) -> Result<int> {
    tx.after_commit([&] { ran = true; });
    return Error(Errc::order_closed);
  });
  CHECK_FALSE(ran);
}

TEST_CASE("a query whose reader throws half-way leaves the session usable") {
  Fixture f;
  for (int i = 1; i <= 5; ++i) f.insert(i, "x");
  static const Sql all{"SELECT id FROM t ORDER BY id"};
  CHECK_THROWS(f.db->write_blocking([&](Tx& tx) {
    tx.query(all, [](Columns&) { throw std::runtime_error("enough"); });
    return 0;
  }));
  f.insert(6, "x");
  CHECK(f.count() == 6);
}

TEST_CASE("many coroutines that write together all get their own durable answer") {
  Fixture f;
  boost::asio::io_context io;
  int done = 0;
  auto one = [&](int id) -> boost::asio::awaitable<void> {
    const auto affected =
        co_await f.db->write([id](Tx& tx) { return tx.exec(insert_row, id, "n", nullptr); });
    CHECK(affected == 1);
    const auto found =
        co_await f.db->read([id](Tx& tx) { return tx.value<std::int64_t>(select_row, id); });
    CHECK(found == id);
    ++done;
  };
  for (int i = 1; i <= 500; ++i)
    boost::asio::co_spawn(io, one(i), [](std::exception_ptr e) { CHECK_FALSE(e); });
  io.run();
  CHECK(done == 500);
  CHECK(f.count() == 500);
}

TEST_CASE("readers cannot write") {
  Fixture f;
  CHECK_THROWS_AS(f.db->read_blocking([](Tx& tx) { return tx.exec(insert_row, 1, "x", nullptr); }),
                  DatabaseError);
}

TEST_CASE("a second server on one file is refused") {
  Fixture f;
  CHECK_THROWS_WITH(f.open(), Catch::Contains("another server"));
}

TEST_CASE("what was committed is there after reopening") {
  Fixture f;
  f.insert(1, "kept");
  f.db.reset();
  f.db = f.open();
  CHECK(f.count() == 1);
}

TEST_CASE("migrations apply once, in order, and a newer file is refused") {
  test::TempDir dir;
  Options options;
  options.url = "sqlite:" + dir.file("m.db");
  auto db = Database::open(options, [] {});
  CHECK(migrate(*db) == migrations().size());
  CHECK(migrate(*db) == 0);
  db->run_script("INSERT INTO schema_migrations (version, name) VALUES (9999, 'future')");
  CHECK_THROWS_WITH(migrate(*db), Catch::Contains("9999"));
}

TEST_CASE("under commits without a pause the log begins anew, though somebody reads all the time") {
  Fixture f;
  const std::string page(4'000, 'x');
  std::atomic<bool> writing{true};
  std::thread reader([&] {
    const auto look = [](Tx& tx) { return tx.value<std::int64_t>(select_row, 1).has_value(); };
    while (writing) f.db->read_blocking(look);
  });
  const auto insert_portion = [&](Tx& tx) {
    for (int i = 0; i < 100; ++i) tx.exec(insert_row, nullptr, page, nullptr);
    return true;
  };
  for (int i = 0; i < 300; ++i) f.db->write_blocking(insert_portion);
  writing = false;
  reader.join();
  CHECK(f.count() == 30'000);
  // 30,000 rows are as many pages and more; twice the length at which commits wait is 8,000.
  CHECK(std::filesystem::file_size(f.dir.file("sub/test.db-wal")) < 10'000 * 4'120);
}
