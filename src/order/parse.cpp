#include "base/money.hpp"
#include "order/service.hpp"

namespace tollgate::order {
namespace {

constexpr std::int64_t price_max = 1'000'000'000'000;
constexpr std::int64_t quantity_max = 1'000'000;
constexpr std::int64_t expires_in_max_s = 604'800;

Item parse_item(json::Object& in) {
  Item item;
  item.goods_id = in.text("goods_id", {1, 128});
  item.goods_type = in.optional_text("goods_type", {0, 64}).value_or("");
  item.name = in.text("name", {1, 255});
  item.unit_price = in.integer("unit_price", {0, price_max});
  item.quantity = in.integer("quantity", {1, quantity_max});
  in.finish();
  return item;
}

/// The items' sum; complains where it does not fit.
std::int64_t sum_of(const std::vector<Item>& items, Currency currency, json::Errors& errors) {
  Money sum(0, currency);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto line = Money(items[i].unit_price, currency).times(items[i].quantity);
    const auto next = line ? sum.plus(*line) : std::nullopt;
    if (!next || next->amount_minor() > price_max) {
      errors.add("/items/" + std::to_string(i), "the sum is too large");
      return 0;
    }
    sum = *next;
  }
  if (sum.amount_minor() < 1) errors.add("/items", "the sum must be at least 1");
  return sum.amount_minor();
}

}  // namespace

Result<Order> parse_order(const net::Request& request, const Options& options, TimeMs now) {
  TOLLGATE_TRY(const json::Document document, api::parse_body(request));
  json::Errors errors;
  json::Object in(document, errors);
  Order order;
  order.user_id = in.text("user_id", {1, 128});
  order.business_id = in.text("business_id", {1, 128});
  order.order_type = in.optional_text("order_type", {0, 64}).value_or("");
  order.currency = in.text("currency", {3, 3});
  const auto amount = in.optional_integer("amount", {1, price_max});
  const auto description = in.optional_text("description", {0, 255});
  in.objects("items", 1, 100, [&](json::Object& item) { order.items.push_back(parse_item(item)); });
  const auto expires_in = in.optional_integer("expires_in", {1, expires_in_max_s});
  order.metadata = in.flat_texts("metadata", 50, {0, 500, true});
  in.finish();
  const auto currency = Currency::parse(order.currency);
  if (!currency && !order.currency.empty())
    errors.add("/currency", "is not an ISO 4217 code known here");
  if (!errors.empty()) return errors.take();
  order.amount = sum_of(order.items, *currency, errors);
  if (!errors.empty()) return errors.take();
  if (amount && *amount != order.amount) {
    Error error(Errc::amount_mismatch, "the items make " + std::to_string(order.amount));
    error.fields.push_back({"/amount", "must equal the items' sum"});
    return error;
  }
  order.description =
      description && !description->empty() ? *description : order.items.front().name;
  order.created_at = now;
  order.expires_at = now.plus_s(expires_in.value_or(options.expires_in_s));
  return order;
}

}  // namespace tollgate::order
