// The refunds' SQL.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "db/database.hpp"
#include "refund/model.hpp"

namespace tollgate::refund::store {

struct Filter {
  std::optional<PayNo> pay_no;
  std::optional<OrderId> order_id;
  std::optional<std::string> status;
};

/// Throws db::UniqueViolation where the server has begun one for this attempt by itself already.
void insert(db::Tx& tx, const Refund& refund);
std::optional<Refund> find(db::Tx& tx, RefundId id);
/// Below `before`, newest first.
std::vector<Refund> list(db::Tx& tx, const Filter& filter, std::int64_t before, int limit);

/// Pending refunds that were begun before `time`.
std::int64_t count_pending_before(db::Tx& tx, TimeMs time);
/// By the channel's number.
std::optional<Refund> find_at_channel(db::Tx& tx, const std::string& account_id,
                                      const std::string& channel_refund_no);
/// Succeeded at `from` or later and before `until`, after (`from`, `after`), in that order.
std::vector<Refund> succeeded_between(db::Tx& tx, const std::string& account_id, TimeMs from,
                                      TimeMs until, RefundId after, int limit);

/// Of the attempt's money, in minor units.
struct Sums {
  std::int64_t pending = 0;
  std::int64_t succeeded = 0;
  std::int64_t committed() const { return pending + succeeded; }
};
Sums sums(db::Tx& tx, PayNo pay_no);

/// Whether the channel may have the refund; nothing where it is not pending.
void set_at_channel(db::Tx& tx, RefundId id, bool at_channel);
/// From the state it leaves; false where it is not in it (any more). Not allowed changes assert.
bool mark_succeeded(db::Tx& tx, RefundId id, Status from, const std::string& channel_refund_no,
                    TimeMs at);
/// Of a refund that waits; false where it does not (any more). A rejected one fails by that.
bool decide(db::Tx& tx, RefundId id, Approval decision, const std::string& decided_by);
bool mark_failed(db::Tx& tx, RefundId id, const std::string& failure_code);

}  // namespace tollgate::refund::store
