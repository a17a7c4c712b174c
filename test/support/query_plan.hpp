// How SQLite would answer what a store asks.
#pragma once

#include <deque>
#include <string>

#include "db/database.hpp"

namespace tollgate::test {

/// Stands in for a unit of work: of each query only the plan is read, as lines of EXPLAIN QUERY
/// PLAN in `text`; nothing is changed and no row comes back.
class QueryPlan final : public db::Tx {
 public:
  explicit QueryPlan(db::Tx& tx) : tx_(tx) {}
  std::string text;

  void after_commit(std::function<void()>) override {}

 protected:
  std::int64_t exec_values(const db::Sql&, const db::Value*, std::size_t) override { return 0; }
  void query_values(const db::Sql& sql, const db::Value*, std::size_t,
                    const std::function<void(const db::Row&)>&) override {
    static std::deque<db::Sql> kept;  // prepared statements are known by the address
    const db::Sql& explained = kept.emplace_back("EXPLAIN QUERY PLAN " + sql.text());
    tx_.query(explained, [&](db::Columns& c) {
      for (int i = 0; i < 3; ++i) c.next<std::int64_t>();
      text += c.next<std::string>() + "\n";
    });
  }

 private:
  db::Tx& tx_;
};

/// The plan of what `ask(Tx&)` asks.
template <class Ask>
std::string plan_of(db::Database& database, Ask ask) {
  return database.read_blocking([&](db::Tx& tx) {
    QueryPlan plan(tx);
    ask(plan);
    return plan.text;
  });
}

/// True where rows come in their order by way of an index: none is sorted, no table is read whole.
inline bool is_bounded(const std::string& plan) {
  return !plan.empty() && plan.find("SCAN") == std::string::npos &&
         plan.find("TEMP B-TREE") == std::string::npos;
}

}  // namespace tollgate::test
