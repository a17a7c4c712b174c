// A prepared statement over SOCI, with storage for its values: what SOCI binds to never moves,
// never dies early, and every query is fetched to its end.
#pragma once

#include <soci/soci.h>

#include <deque>
#include <functional>
#include <string>

#include "db/database.hpp"

namespace tollgate::db {

/// Belongs to one session and its thread.
class Statement {
 public:
  /// Prepares `sql` for values of these kinds (NULL fits any kind).
  Statement(soci::session& session, const std::string& sql, const Value* values, std::size_t count);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// True where values of these kinds can be bound to it.
  bool fits(const Value* values, std::size_t count) const;

  std::int64_t exec(const Value* values, std::size_t count);
  void query(const Value* values, std::size_t count, const std::function<void(const Row&)>& each);

 private:
  struct In {
    Value::Kind kind;
    long long number = 0;
    std::string text;
    soci::indicator indicator = soci::i_ok;
  };
  struct Out {
    std::string text;
    soci::indicator indicator = soci::i_ok;
  };
  class CurrentRow;

  void bind(const Value* values, std::size_t count);

  std::deque<In> in_;
  std::deque<Out> out_;
  soci::statement statement_;
};

}  // namespace tollgate::db
