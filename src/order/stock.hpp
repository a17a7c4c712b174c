// Stock of goods that are managed: locked by an order, sold when it is paid, freed when it is not.
// Goods without a row are not managed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "db/database.hpp"
#include "order/model.hpp"

namespace tollgate::order::stock {

struct Level {
  std::int64_t available = 0;
  std::int64_t locked = 0;
  std::int64_t sold = 0;
};

std::optional<Level> find(db::Tx& tx, const std::string& goods_id);
/// Sets what is available; locked and sold stay. Makes the goods managed.
void set_available(db::Tx& tx, const std::string& goods_id, std::int64_t available);

/// Locks the items' quantities and marks the items. Error: insufficient_stock naming the item; the
/// unit of work must then be undone.
Result<bool> lock(db::Tx& tx, std::vector<Item>& items);
/// available → sold, for an order that holds nothing any more; false (and nothing done) where it is
/// not there.
bool sell(db::Tx& tx, const Order& order);
/// locked → sold.
void consume(db::Tx& tx, const Order& order);
/// locked → available.
void release(db::Tx& tx, const Order& order);

}  // namespace tollgate::order::stock
