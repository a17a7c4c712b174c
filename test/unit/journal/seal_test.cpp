#include "journal/seal.hpp"

#include <catch2/catch.hpp>

#include "fixture.hpp"

using namespace tollgate;
using namespace tollgate::journal;

namespace {

/// 600 events of even ids in three seals, one posting.
struct Fixture : test::JournalHouse {
  std::string head;
  Fixture() {
    REQUIRE(pay(1));
    std::string sql = "BEGIN;";
    for (int i = 1; i <= 600; ++i)
      sql += "INSERT INTO events (id, type, order_id, data, created_at) VALUES (" +
             std::to_string(2 * i) + ", 'order.paid', 7, '{\"n\":" + std::to_string(i) + "}', 1);";
    tamper(sql + "COMMIT;");
    head = seal();
  }
  std::string broken_row() {
    const auto walk = walk_seals();
    return walk.broken ? walk.broken->row : "none";
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "all events are sealed, 256 at the most in a seal") {
  const auto walk = walk_seals();
  CHECK_FALSE(walk.broken);
  CHECK(walk.last.id == 3);
  CHECK(walk.events == 600);
  CHECK(walk.last.events == 600 - 2 * events_in_seal);
  CHECK(walk.last.hash == head);
  CHECK(walk.last.posting_id == 1);
}

TEST_CASE_METHOD(Fixture, "where nothing is new no seal is made, a posting alone is sealed too") {
  CHECK(seal() == head);
  REQUIRE(pay(2));
  CHECK(seal() != head);
  const auto walk = walk_seals();
  CHECK_FALSE(walk.broken);
  CHECK(walk.last.id == 4);
  CHECK(walk.last.events == 0);
  CHECK(walk.last.posting_id == 2);
}

TEST_CASE_METHOD(Fixture, "of two seals over the same events one is kept") {
  event(5000);
  const auto next = [](db::Tx& tx) { return *next_seal(tx, test::events_after, TimeMs{1}); };
  const Seal first = database->read_blocking(next), second = database->read_blocking(next);
  const auto add_it = [&](const Seal& seal) {
    return database->write_blocking([&](db::Tx& tx) { return add(tx, seal); });
  };
  CHECK(add_it(first));
  CHECK_FALSE(add_it(second));
  CHECK(broken_row() == "none");
}

TEST_CASE_METHOD(Fixture, "verify names the event that was changed, in any column") {
  for (const std::string change :
       {"data = '{}'", "type = 'order.failed'", "order_id = 8", "created_at = 2", "id = 801"}) {
    Fixture f;
    f.tamper("UPDATE events SET " + change + " WHERE id = 800");
    INFO(change);
    CHECK(f.broken_row() == (change == "id = 801" ? "event 801" : "event 800"));
  }
}

TEST_CASE_METHOD(Fixture, "verify names the place of an event that is gone") {
  tamper("DELETE FROM events WHERE id = 800");
  CHECK(broken_row() == "the event after event 798");
  tamper("DELETE FROM events WHERE id = 2");
  CHECK(broken_row() == "the event after event 0");
}

TEST_CASE_METHOD(Fixture, "an event at a seal's end that is gone is missed") {
  tamper("DELETE FROM events WHERE id = 512");  // the first seal's last
  CHECK(broken_row() == "the event after event 510");
}

TEST_CASE_METHOD(Fixture, "verify names an event that was put in later") {
  for (const std::int64_t id : {1, 511, 513, 801}) {
    Fixture f;
    f.event(id);
    CHECK(f.broken_row() == "event " + std::to_string(id));
  }
}

TEST_CASE_METHOD(Fixture, "events that are not sealed yet break nothing") {
  event(5000);
  CHECK(broken_row() == "none");
  CHECK(walk_seals().events == 600);
}

TEST_CASE_METHOD(Fixture, "verify names the seal that was changed or is gone") {
  for (const std::string change : {"last_event = last_event + 1", "events = 1",
                                   "event_hashes = replace(event_hashes, 'a', "
                                   "'b')",
                                   "posting_id = 0", "posting_hash = 'x'", "sealed_at = 1"}) {
    Fixture f;
    f.tamper("UPDATE seals SET " + change + " WHERE id = 2");
    INFO(change);
    CHECK(f.broken_row() == "seal 2");
  }
  tamper("DELETE FROM seals WHERE id = 2");
  CHECK(broken_row() == "seal 2");
}

TEST_CASE_METHOD(Fixture, "a posting at the journal's end that is gone is missed by the seals") {
  tamper("DELETE FROM postings WHERE id = 1");
  CHECK_FALSE(walk_postings().broken);  // its chain alone cannot know
  CHECK(broken_row() == "posting 1");
}

TEST_CASE_METHOD(Fixture, "a head that was noted is found again, until the end is cut off") {
  event(5000);
  seal();
  CHECK(walk_seals(head).noted_at == 3);
  CHECK(walk_seals(head.substr(0, 12)).noted_at == 3);
  CHECK_FALSE(walk_seals(std::string(64, 'a')).noted_at);
  tamper("DELETE FROM seals WHERE id > 2; DELETE FROM events WHERE id > 1024;");
  const auto walk = walk_seals(head);
  CHECK_FALSE(walk.broken);
  CHECK_FALSE(walk.noted_at);
}
