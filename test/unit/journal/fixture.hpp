// A fresh database with a journal, whose rows may be tampered with.
#pragma once

#include <string>

#include "journal/verify.hpp"
#include "support/store.hpp"
#include "support/temp_dir.hpp"

namespace tollgate::test {

inline const db::Sql select_events{
    "SELECT id, type, order_id, data, created_at FROM events WHERE id > :after ORDER BY id "
    "LIMIT :limit"};
inline const db::Sql insert_event{
    "INSERT INTO events (id, type, order_id, data, created_at) VALUES (:id, 'order.paid', 7, "
    ":data, 1)"};

inline std::vector<journal::SealedEvent> events_after(db::Tx& tx, EventId after, int limit) {
  std::vector<journal::SealedEvent> list;
  tx.query(
      select_events,
      [&](db::Columns& c) {
        auto& e = list.emplace_back();
        c >> e.id >> e.type >> e.order >> e.data >> e.created;
      },
      after, limit);
  return list;
}

struct JournalHouse {
  TempDir dir;
  std::unique_ptr<db::Database> database = open();

  std::unique_ptr<db::Database> open() { return test::open_store(dir); }
  bool post(const journal::Movement& movement) {
    return database->write_blocking(
        [&](db::Tx& tx) { return journal::post(tx, movement, TimeMs{1000}); });
  }
  bool pay(std::int64_t pay_no, std::int64_t amount = 9900) {
    return post({journal::Kind::payment, PayNo(pay_no), 0, "wx-main", "CNY", amount});
  }
  void event(std::int64_t id, const std::string& data = "{}") {
    database->write_blocking([&](db::Tx& tx) { return tx.exec(insert_event, id, data); });
  }
  /// Behind the program's back.
  void tamper(const std::string& sql) { database->run_script(sql); }

  journal::PostingsWalk walk_postings(int limit = 100) {
    journal::PostingsWalk walk;
    const auto on = [&](db::Tx& tx) { return journal::walk_postings(tx, walk, limit); };
    while (database->read_blocking(on)) continue;
    return walk;
  }
  journal::SealsWalk walk_seals(const std::string& noted = {}) {
    journal::SealsWalk walk;
    walk.noted = noted;
    const auto on = [&](db::Tx& tx) { return journal::walk_seals(tx, events_after, walk, 2); };
    while (database->read_blocking(on)) continue;
    return walk;
  }
  /// Seals all there is; the last head.
  std::string seal() {
    const auto next = [](db::Tx& tx) { return journal::next_seal(tx, events_after, TimeMs{2000}); };
    while (const auto made = database->read_blocking(next))
      database->write_blocking([&](db::Tx& tx) { return journal::add(tx, *made); });
    return database->read_blocking([](db::Tx& tx) { return journal::last_seal(tx).hash; });
  }
};

}  // namespace tollgate::test
