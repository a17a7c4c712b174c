// The sums of the ledgers, and where they are kept so that no start adds up the whole journal.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "db/database.hpp"

namespace tollgate::journal {

/// Account and currency.
using Purse = std::pair<std::string, std::string>;
/// By ledger, minor units: what was debited less what was credited.
using Ledgers = std::map<std::string, std::int64_t, std::less<>>;
using Balances = std::map<Purse, Ledgers>;
/// 0 where nothing was moved.
std::int64_t balance_of(const Ledgers& ledgers, std::string_view ledger);

/// The balances as they are after a posting; 0: none was added up yet.
struct Standing {
  Balances balances;
  std::int64_t upto = 0;
};

/// Adds what the next postings move, at most `limit` of them; false where there are none. Throws,
/// and the standing is then to be dropped, where a sum leaves 64 bits.
bool read_on(db::Tx& tx, Standing& standing, int limit);

/// Keeps the standing in place of the one before, in the caller's unit of work. False, and nothing
/// is changed, where its last posting is not there.
bool keep(db::Tx& tx, const Standing& standing);

/// A standing that was kept, and the hash that its last posting had then.
struct Kept : Standing {
  std::string hash;
};
/// As the tables say it.
std::optional<Kept> kept(db::Tx& tx);
/// What was kept, where its last posting is still the same; else the beginning.
Standing load(db::Tx& tx);

}  // namespace tollgate::journal
