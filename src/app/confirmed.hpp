// What the modules' rows say of money: the other side of the journal. An audit that asked the code
// which it audits would find little, so this reads their tables by itself.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/strong_id.hpp"
#include "db/database.hpp"

namespace tollgate::app {

struct ConfirmedRefund {
  std::string account_id, currency;
  std::int64_t amount = 0;
  bool operator==(const ConfirmedRefund&) const = default;
};

/// An attempt that brought money in, or has refunds.
struct ConfirmedAttempt {
  std::string account_id, currency;
  std::int64_t amount = 0;                      ///< 0: nothing came in.
  bool of_order = false;                        ///< It paid its order.
  std::map<RefundId, ConfirmedRefund> refunds;  ///< Those that have succeeded.
};

/// Attempts behind one number up to another.
struct ConfirmedPortion {
  std::map<PayNo, ConfirmedAttempt> attempts;
  PayNo last;  ///< The highest number there is where none is left.
  bool is_last() const { return last == PayNo(INT64_MAX); }
};
ConfirmedPortion confirmed_after(db::Tx& tx, PayNo after, int limit);

/// An order beside what the journal says of its attempts.
struct AuditedOrder {
  OrderId id;
  std::string status, currency;
  std::int64_t amount = 0, amount_refunded = 0;
  std::int64_t posted = 0, posted_refunds = 0;  ///< To and from it, by the journal.
  std::int64_t releases = 0;                    ///< Postings of held money that it took.
};
std::vector<AuditedOrder> orders_after(db::Tx& tx, OrderId after, int limit);

/// Where the journal is empty: posts what was confirmed before there was one. Answers how many
/// postings were made. Blocks; at the start, before anything else is posted.
std::int64_t take_over(db::Database& database, const Clock& clock);

}  // namespace tollgate::app
