// `tollgate audit verify`: recomputes the chains, and holds the modules' rows against the journal.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

#include "db/database.hpp"
#include "journal/verify.hpp"

namespace tollgate::app {

struct AuditReport {
  journal::PostingsWalk postings;
  journal::SealsWalk seals;
  std::int64_t unsealed_events = 0;
  std::optional<journal::Broken> broken;  ///< The first there is; what follows was not looked at.
};

/// `noted`: a head that was printed earlier, or its beginning; it must be one of the chain's. In
/// portions, so that a server may go on meanwhile. Throws db::DatabaseError.
AuditReport audit(db::Database& database, const std::string& noted);

/// Balances by account and currency, then what holds, or the broken row.
void print(const AuditReport& report, std::ostream& out);

}  // namespace tollgate::app
