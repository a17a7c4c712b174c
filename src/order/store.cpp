#include "order/store.hpp"

namespace tollgate::order::store {
namespace {

const db::Sql insert_order{
    "INSERT INTO orders (id, status, live, user_id, business_id, order_type, currency, amount, "
    "amount_refunded, description, metadata, closing_until, created_at, expires_at) "
    "VALUES (:id, :status, 1, :user_id, :business_id, :order_type, :currency, :amount, "
    "0, :description, :metadata, 0, :created_at, :expires_at)"};
const db::Sql insert_item{
    "INSERT INTO order_items (order_id, position, goods_id, goods_type, name, unit_price, "
    "quantity, stock_locked) VALUES (:order_id, :position, :goods_id, :goods_type, :name, "
    ":unit_price, :quantity, :stock_locked)"};
const db::Sql select_order{
    "SELECT id, status, user_id, business_id, order_type, currency, amount, amount_refunded, "
    "description, metadata, closing_until, created_at, expires_at, paid_at "
    "FROM orders WHERE id = :id"};
const db::Sql select_items{
    "SELECT goods_id, goods_type, name, unit_price, quantity, stock_locked "
    "FROM order_items WHERE order_id = :id ORDER BY position"};
const db::Sql select_live{
    "SELECT id FROM orders WHERE business_id = :business_id AND user_id = :user_id AND live = 1"};
const db::Sql update_status{
    "UPDATE orders SET status = :status, live = :live, paid_at = COALESCE(:paid_at, paid_at), "
    "closing_until = 0 WHERE id = :id AND status = :from_status"};
const db::Sql grow_refunded{
    "UPDATE orders SET amount_refunded = amount_refunded + :amount WHERE id = :id "
    "AND status = 'paid' AND amount_refunded + :amount2 <= amount"};
const db::Sql take_closing{
    "UPDATE orders SET closing_until = :until "
    "WHERE id = :id AND status = 'unpaid' AND closing_until <= :now"};
const db::Sql drop_closing{
    "UPDATE orders SET closing_until = 0 WHERE id = :id AND closing_until = :until"};
const db::Sql drop_all_closing{"UPDATE orders SET closing_until = 0 WHERE closing_until > 0"};
const db::Sql unlock_items{
    "UPDATE order_items SET stock_locked = 0 WHERE order_id = :id AND stock_locked = 1"};

// One text for each filter that has an index of its own; the others are checked on its rows.
const std::string list_columns =
    " AND (:status IS NULL OR o.status = :status2)"
    " AND (:user IS NULL OR o.user_id = :user2)"
    " AND (:business IS NULL OR o.business_id = :business2)"
    " AND (:goods IS NULL OR EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = o.id"
    " AND i.goods_id = :goods2))"
    " AND (:type IS NULL OR EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = o.id"
    " AND i.goods_type = :type2))"
    " ORDER BY o.id DESC LIMIT :limit";
const db::Sql list_all{"SELECT o.id FROM orders o WHERE o.id < :before" + list_columns};
const db::Sql list_by_user{"SELECT o.id FROM orders o WHERE o.user_id = :key AND o.id < :before" +
                           list_columns};
const db::Sql list_by_business{
    "SELECT o.id FROM orders o WHERE o.business_id = :key AND o.id < :before" + list_columns};
// The goods' index leads, order after order: nothing is collected or sorted.
const std::string orders_of_goods =
    "SELECT g.order_id FROM order_items g CROSS JOIN orders o ON o.id = g.order_id WHERE ";
const std::string list_columns_of_goods =
    " AND (:status IS NULL OR o.status = :status2)"
    " AND (:goods IS NULL OR EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = o.id"
    " AND i.goods_id = :goods2))"
    " AND (:type IS NULL OR EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = o.id"
    " AND i.goods_type = :type2))"
    " GROUP BY g.order_id ORDER BY g.order_id DESC LIMIT :limit";
const db::Sql list_by_goods{orders_of_goods + "g.goods_id = :key AND g.order_id < :before" +
                            list_columns_of_goods};
const db::Sql list_by_goods_type{orders_of_goods + "g.goods_type = :key AND g.order_id < :before" +
                                 list_columns_of_goods};
const db::Sql list_by_status{"SELECT o.id FROM orders o WHERE o.status = :key AND o.id < :before" +
                             list_columns};

Order read_order(db::Columns& c) {
  Order o;
  std::string status;
  c >> o.id >> status >> o.user_id >> o.business_id >> o.order_type >> o.currency >> o.amount >>
      o.amount_refunded >> o.description >> o.metadata >> o.closing_until >> o.created_at >>
      o.expires_at >> o.paid_at;
  o.status = parse_status(status).value_or(Status::failed);
  return o;
}

}  // namespace

void insert(db::Tx& tx, const Order& o) {
  tx.exec(insert_order, o.id, to_string(o.status), o.user_id, o.business_id, o.order_type,
          o.currency, o.amount, o.description, o.metadata, o.created_at, o.expires_at);
  int position = 0;
  for (const auto& item : o.items)
    tx.exec(insert_item, o.id, position++, item.goods_id, item.goods_type, item.name,
            item.unit_price, item.quantity, item.stock_locked ? 1 : 0);
}

std::optional<Order> find(db::Tx& tx, OrderId id) {
  auto order = tx.find(select_order, read_order, id);
  if (!order) return order;
  tx.query(
      select_items,
      [&](db::Columns& c) {
        Item item;
        c >> item.goods_id >> item.goods_type >> item.name >> item.unit_price >> item.quantity >>
            item.stock_locked;
        order->items.push_back(std::move(item));
      },
      id);
  return order;
}

std::optional<OrderId> find_live(db::Tx& tx, const std::string& user_id,
                                 const std::string& business_id) {
  return tx.value<OrderId>(select_live, business_id, user_id);
}

std::vector<OrderId> list(db::Tx& tx, const Filter& f, std::int64_t before, int limit) {
  std::vector<OrderId> ids;
  const auto each = [&](db::Columns& c) { ids.push_back(c.next<OrderId>()); };
  const auto run = [&](const db::Sql& sql, const std::string& key) {
    tx.query(sql, each, key, before, f.status, f.status, f.user_id, f.user_id, f.business_id,
             f.business_id, f.goods_id, f.goods_id, f.goods_type, f.goods_type, limit);
  };
  const auto run_of_goods = [&](const db::Sql& sql, const std::string& key) {
    tx.query(sql, each, key, before, f.status, f.status, f.goods_id, f.goods_id, f.goods_type,
             f.goods_type, limit);
  };
  if (f.business_id)
    run(list_by_business, *f.business_id);
  else if (f.user_id)
    run(list_by_user, *f.user_id);
  else if (f.goods_id)
    run_of_goods(list_by_goods, *f.goods_id);
  else if (f.goods_type)
    run_of_goods(list_by_goods_type, *f.goods_type);
  else if (f.status)
    run(list_by_status, *f.status);
  else
    tx.query(list_all, each, before, f.status, f.status, f.user_id, f.user_id, f.business_id,
             f.business_id, f.goods_id, f.goods_id, f.goods_type, f.goods_type, limit);
  return ids;
}

bool change_status(db::Tx& tx, OrderId id, Status from, Status to, std::optional<TimeMs> paid_at) {
  const std::optional<int> live = is_live(to) ? std::optional<int>(1) : std::nullopt;
  return tx.exec(update_status, to_string(to), live, paid_at, id, to_string(from)) == 1;
}

bool add_refunded(db::Tx& tx, OrderId id, std::int64_t amount) {
  return tx.exec(grow_refunded, amount, id, amount) == 1;
}

bool begin_closing(db::Tx& tx, OrderId id, TimeMs now, TimeMs until) {
  return tx.exec(take_closing, until, id, now) == 1;
}

void free_closing(db::Tx& tx) {
  tx.exec(drop_all_closing);
}

void end_closing(db::Tx& tx, OrderId id, TimeMs until) {
  tx.exec(drop_closing, id, until);
}

void clear_stock_locks(db::Tx& tx, OrderId id) {
  tx.exec(unlock_items, id);
}

}  // namespace tollgate::order::store
