#include "order/stock.hpp"

#include <map>

#include "order/store.hpp"

namespace tollgate::order::stock {
namespace {

const db::Sql select_level{"SELECT available, locked, sold FROM stock WHERE goods_id = :goods_id"};
const db::Sql update_available{
    "UPDATE stock SET available = :available WHERE goods_id = :goods_id"};
const db::Sql insert_level{
    "INSERT INTO stock (goods_id, available, locked, sold) VALUES (:goods_id, :available, 0, 0)"};
const db::Sql lock_quantity{
    "UPDATE stock SET available = available - :quantity, locked = locked + :quantity2 "
    "WHERE goods_id = :goods_id AND available >= :quantity3"};
const db::Sql sell_quantity{
    "UPDATE stock SET locked = locked - :quantity, sold = sold + :quantity2 "
    "WHERE goods_id = :goods_id AND locked >= :quantity3"};
const db::Sql free_quantity{
    "UPDATE stock SET locked = locked - :quantity, available = available + :quantity2 "
    "WHERE goods_id = :goods_id AND locked >= :quantity3"};

const db::Sql sell_available{
    "UPDATE stock SET available = available - :quantity, sold = sold + :quantity2 "
    "WHERE goods_id = :goods_id AND available >= :quantity3"};

void move_locked(db::Tx& tx, const db::Sql& sql, const Order& order) {
  bool any = false;
  for (const auto& item : order.items) {
    if (!item.stock_locked) continue;
    const auto q = item.quantity;
    TOLLGATE_RULE(tx.exec(sql, q, q, item.goods_id, q) == 1);
    any = true;
  }
  if (any) store::clear_stock_locks(tx, order.id);
}

}  // namespace

std::optional<Level> find(db::Tx& tx, const std::string& goods_id) {
  return tx.find(
      select_level,
      [](db::Columns& c) {
        Level level;
        c >> level.available >> level.locked >> level.sold;
        return level;
      },
      goods_id);
}

void set_available(db::Tx& tx, const std::string& goods_id, std::int64_t available) {
  if (tx.exec(update_available, available, goods_id) == 0)
    tx.exec(insert_level, goods_id, available);
}

Result<bool> lock(db::Tx& tx, std::vector<Item>& items) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto& item = items[i];
    const auto q = item.quantity;
    item.stock_locked = tx.exec(lock_quantity, q, q, item.goods_id, q) == 1;
    if (item.stock_locked || !find(tx, item.goods_id)) continue;
    Error error(Errc::insufficient_stock, "not enough of " + item.goods_id);
    error.fields.push_back(
        {"/items/" + std::to_string(i) + "/quantity", "exceeds what is available"});
    return error;
  }
  return true;
}

bool sell(db::Tx& tx, const Order& order) {
  std::map<std::string, std::int64_t> wanted;
  for (const auto& item : order.items) wanted[item.goods_id] += item.quantity;
  std::erase_if(wanted, [&](const auto& goods) { return !find(tx, goods.first); });
  for (const auto& [goods_id, quantity] : wanted)
    if (find(tx, goods_id)->available < quantity) return false;
  for (const auto& [goods_id, q] : wanted)
    TOLLGATE_RULE(tx.exec(sell_available, q, q, goods_id, q) == 1);
  return true;
}

void consume(db::Tx& tx, const Order& order) {
  move_locked(tx, sell_quantity, order);
}
void release(db::Tx& tx, const Order& order) {
  move_locked(tx, free_quantity, order);
}

}  // namespace tollgate::order::stock
