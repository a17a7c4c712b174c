// The differences that were found, and what became of each. None is ever dropped.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/snowflake.hpp"
#include "db/database.hpp"
#include "reconciliation/model.hpp"

namespace tollgate::reconciliation::differences {

/// Before a day is matched (anew): nothing of it has been seen by this run.
void forget_seen(db::Tx& tx, ReconciliationId id);
/// One that this run found: a new row, or the row of an earlier run with the evidence of now. What
/// was resolved by somebody stays so; what had been repaired and is found anew is another case.
void record(db::Tx& tx, Snowflake& ids, Difference difference);
/// After a day was matched: what an earlier run had found and this one has not is gone, unless it
/// was settled before.
void close_unseen(db::Tx& tx, ReconciliationId id, TimeMs now);

/// After a day that could not be matched: the channel is not asked about what was found.
void leave_to_operator(db::Tx& tx, ReconciliationId id);

std::optional<Difference> find(db::Tx& tx, DifferenceId id);
/// Of a reconciliation, after `after`, oldest first; the pool's do not count.
std::vector<Difference> list(db::Tx& tx, ReconciliationId id, std::int64_t after, int limit);
/// Of the account, whatever the day, that the channel is to be asked about, after `after`.
std::vector<Difference> to_ask(db::Tx& tx, const std::string& account_id, std::int64_t after,
                               int limit);
/// Of the account, whatever the day, whose line a later bill may bring, after `after`.
std::vector<Difference> waiting(db::Tx& tx, const std::string& account_id, std::int64_t after,
                                int limit);

/// Sets the resolution with what the channel answered (JSON) and a note; false where it is no
/// longer in the resolution that `difference` shows. Settled ones get their time.
bool resolve(db::Tx& tx, const Difference& difference, Resolution to, const std::string& asked,
             const std::optional<std::string>& note, TimeMs now);

struct Counts {
  std::int64_t all = 0;  ///< Those in the pool not counted.
  std::int64_t pooled = 0;
  std::int64_t open = 0;  ///< asking, confirmed or for an operator.
};
Counts count(db::Tx& tx, ReconciliationId id);
/// Of all days and accounts: for an operator, or confirmed by the channel only.
std::int64_t count_open(db::Tx& tx);

}  // namespace tollgate::reconciliation::differences
