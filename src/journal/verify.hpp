// Recomputes the chains, in portions: a long read would keep the log from being copied out. A walk
// is a place in a chain and what was counted on the way; each call goes on from it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "journal/balances.hpp"
#include "journal/posting.hpp"
#include "journal/seal.hpp"

namespace tollgate::journal {

/// The first row that is not as it was written.
struct Broken {
  std::string row;  ///< "posting 17", "event 123…", "seal 4".
  std::string expected, found;
};

struct PostingsWalk {
  Head head;  ///< The last posting that was checked.
  std::int64_t count = 0;
  Balances balances;
  std::optional<Broken> broken;

  PostingsWalk();
};
/// Checks at most `limit` postings; false at the end and where one is broken.
bool walk_postings(db::Tx& tx, PostingsWalk& walk, int limit);

struct SealsWalk {
  Seal last;                ///< The last seal that was checked.
  std::int64_t events = 0;  ///< In the seals up to it.
  std::string noted;        ///< A head that was noted earlier, or its beginning; empty: none.
  std::optional<std::int64_t> noted_at;  ///< The seal that has it.
  std::optional<Broken> broken;

  SealsWalk();
};
/// Checks at most `limit` seals with their events and the journal's rows that they name; false at
/// the end and where something is broken.
bool walk_seals(db::Tx& tx, const EventSource& source, SealsWalk& walk, int limit);

}  // namespace tollgate::journal
