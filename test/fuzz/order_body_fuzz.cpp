// The body of POST /v1/orders. What is accepted keeps the contract's bounds and can be written.
#include "base/json_reader.hpp"
#include "base/json_writer.hpp"
#include "base/money.hpp"
#include "bodies.hpp"
#include "order/service.hpp"

namespace {

using namespace tollgate;
using fuzz::is_text_of;

constexpr std::int64_t price_max = 1'000'000'000'000;

/// The order as a request that asks for the same.
std::string request_of(const order::Order& order, TimeMs now) {
  json::Writer w;
  w.begin_object();
  w.field("user_id", order.user_id).field("business_id", order.business_id);
  w.field("order_type", order.order_type).field("currency", order.currency);
  w.field("amount", order.amount).field("description", order.description);
  w.key("items").begin_array();
  for (const auto& item : order.items) {
    w.begin_object().field("goods_id", item.goods_id).field("goods_type", item.goods_type);
    w.field("name", item.name).field("unit_price", item.unit_price);
    w.field("quantity", item.quantity).end_object();
  }
  w.end_array();
  w.field("expires_in", (order.expires_at.ms - now.ms) / 1000);
  w.raw_field("metadata", order.metadata);
  w.end_object();
  return w.take();
}

void check_accepted(const order::Order& order, TimeMs now) {
  MUST(is_text_of(order.user_id, 1, 128) && is_text_of(order.business_id, 1, 128));
  MUST(is_text_of(order.order_type, 0, 64) && is_text_of(order.description, 1, 255));
  const auto currency = Currency::parse(order.currency);
  MUST(currency.has_value());
  MUST(!order.items.empty() && order.items.size() <= 100);
  Money sum(0, *currency);
  for (const auto& item : order.items) {
    MUST(is_text_of(item.goods_id, 1, 128) && is_text_of(item.name, 1, 255));
    MUST(item.unit_price >= 0 && item.quantity >= 1);
    const auto line = Money(item.unit_price, *currency).times(item.quantity);
    MUST(line.has_value());
    const auto next = sum.plus(*line);
    MUST(next.has_value());
    sum = *next;
  }
  MUST(sum.amount_minor() == order.amount && order.amount >= 1 && order.amount <= price_max);
  MUST(order.expires_at > now && order.expires_at <= now.plus_s(604'800));
  fuzz::check_output(order.metadata);
}

bool same(const order::Order& a, const order::Order& b) {
  return a.user_id == b.user_id && a.business_id == b.business_id && a.amount == b.amount &&
         a.order_type == b.order_type && a.currency == b.currency && a.metadata == b.metadata &&
         a.description == b.description && a.expires_at == b.expires_at &&
         a.items.size() == b.items.size();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const order::Options options{.public_url = "https://pay.example.com"};
  const TimeMs now{1'767'225'600'000};
  const auto order = order::parse_order(fuzz::post(input.rest()), options, now);
  if (!order) {
    fuzz::check_refusal(order.error());
    return 0;
  }
  check_accepted(*order, now);
  const auto text = request_of(*order, now);
  fuzz::check_output(text);
  const auto again = order::parse_order(fuzz::post(text), options, now);
  MUST(again.has_value());
  MUST(same(*order, *again));
  return 0;
}
