// The orders' SQL.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "db/database.hpp"
#include "order/model.hpp"

namespace tollgate::order::store {

struct Filter {
  std::optional<std::string> user_id, business_id, status, goods_id, goods_type;
};

void insert(db::Tx& tx, const Order& order);
/// With its items.
std::optional<Order> find(db::Tx& tx, OrderId id);
/// The unpaid or paid order of the pair.
std::optional<OrderId> find_live(db::Tx& tx, const std::string& user_id,
                                 const std::string& business_id);
/// Ids below `before`, newest first.
std::vector<OrderId> list(db::Tx& tx, const Filter& filter, std::int64_t before, int limit);

/// Changes the state it leaves; false where the order is not in `from` (any more).
bool change_status(db::Tx& tx, OrderId id, Status from, Status to, std::optional<TimeMs> paid_at);

/// The order's amount_refunded grows; false where it is not paid, or would grow beyond its amount.
bool add_refunded(db::Tx& tx, OrderId id, std::int64_t amount);

/// Takes the order for a cancel or expiry until `until`; false where it is not unpaid or another
/// has it.
bool begin_closing(db::Tx& tx, OrderId id, TimeMs now, TimeMs until);
/// `until` names the taking: nothing where another has taken the order since.
void end_closing(db::Tx& tx, OrderId id, TimeMs until);
/// Frees what a dead process had taken; at start, where the database belongs to this process.
void free_closing(db::Tx& tx);

/// Marks the order's items as no longer holding stock.
void clear_stock_locks(db::Tx& tx, OrderId id);

}  // namespace tollgate::order::store
