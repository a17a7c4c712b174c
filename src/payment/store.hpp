// The attempts' SQL.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "db/database.hpp"
#include "payment/model.hpp"

namespace tollgate::payment::store {

struct Filter {
  std::optional<OrderId> order_id;
  std::optional<std::string> account_id, status;
};

/// A new pending attempt. Throws db::UniqueViolation where the order has an open one.
void insert(db::Tx& tx, const Payment& payment);
std::optional<Payment> find(db::Tx& tx, PayNo pay_no);
/// The attempt that paid the order.
std::optional<PayNo> find_paid(db::Tx& tx, OrderId id);
/// The order's pending attempt.
std::optional<Payment> find_open(db::Tx& tx, OrderId id);
/// Of one order, oldest first.
std::vector<Payment> of_order(db::Tx& tx, OrderId id);
/// Below `before`, newest first.
std::vector<Payment> list(db::Tx& tx, const Filter& filter, std::int64_t before, int limit);

/// Money that came in, as the books of a day list it.
struct Movement {
  PayNo pay_no;
  std::int64_t amount = 0;
  std::string currency, status, channel_trade_no;
  TimeMs time;  ///< Paid, or (in another amount) recorded.
};
/// Attempts paid at `from` or later and before `until`, after (`time`, `pay_no`), in that order.
std::vector<Movement> paid_between(db::Tx& tx, const std::string& account_id, TimeMs from,
                                   TimeMs until, PayNo pay_no, int limit);
/// The same of money in an amount that no attempt took.
std::vector<Movement> unmatched_between(db::Tx& tx, const std::string& account_id, TimeMs from,
                                        TimeMs until, PayNo pay_no, int limit);

/// Takes a pending attempt for a call that starts or closes it; false where it is not pending or
/// taken.
bool take(db::Tx& tx, PayNo pay_no, TimeMs now, TimeMs until);
/// `until` names the taking: nothing where another has taken the attempt since.
void give_back(db::Tx& tx, PayNo pay_no, TimeMs until);
/// Frees what a dead process had taken; at start, where the database belongs to this process.
void free_taken(db::Tx& tx);

/// What the channel gave the buyer to pay with; the attempt is no longer taken. False where it is
/// over, or another has taken it since (`taken.calling_until` names the taking).
bool set_action(db::Tx& tx, const Payment& taken, const Action& action,
                const std::string& channel_state);

/// What later operations are handed back; the attempt is no longer taken. False as above.
bool set_state(db::Tx& tx, const Payment& taken, const std::string& channel_state);

/// From the state it leaves; false where it is not in it (any more). Not allowed changes assert.
bool mark_paid(db::Tx& tx, PayNo pay_no, Status from, const std::string& channel_trade_no,
               TimeMs paid_at);
bool mark_over(db::Tx& tx, PayNo pay_no, Status to, const std::string& failure_code);
void mark_late(db::Tx& tx, PayNo pay_no, bool late);

}  // namespace tollgate::payment::store
