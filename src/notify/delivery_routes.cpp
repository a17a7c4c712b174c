#include "api/params.hpp"
#include "base/json_writer.hpp"
#include "base/time.hpp"
#include "notify/routes.hpp"

namespace tollgate::notify {
namespace {

std::optional<std::string> time_text(const std::optional<TimeMs>& time) {
  if (!time) return std::nullopt;
  return to_rfc3339(*time);
}

/// A query parameter; an empty one counts as absent.
Result<std::optional<std::string>> word_param(const net::Request& request, const char* name) {
  TOLLGATE_TRY(auto text, api::text_param(request, name));
  if (text && text->empty()) text.reset();
  return text;
}

/// An id among the query parameters; an empty one counts as absent.
template <class Id>
Result<std::optional<Id>> id_param(const net::Request& request, const char* name) {
  TOLLGATE_TRY(const auto text, word_param(request, name));
  if (!text) return std::optional<Id>();
  return api::id_param<Id>(request, name);
}

Result<outbox::DeliveryFilter> parse_delivery_filter(const net::Request& request) {
  TOLLGATE_TRY(const auto page, api::parse_page(request));
  outbox::DeliveryFilter filter;
  filter.before = DeliveryId(page.starting_after);
  filter.limit = page.limit + 1;
  TOLLGATE_TRY(filter.webhook, id_param<WebhookId>(request, "webhook_id"));
  TOLLGATE_TRY(const auto status, word_param(request, "status"));
  if (!status) return filter;
  filter.status = outbox::parse_delivery_status(*status);
  if (!filter.status) return invalid_field("/status", "must be pending, delivered or dead");
  return filter;
}

/// A number among the query parameters; `otherwise` where there is none or it is empty.
Result<std::int64_t> number_param(const net::Request& request, const char* name,
                                  std::int64_t otherwise, std::int64_t least, std::int64_t most) {
  TOLLGATE_TRY(const auto text, word_param(request, name));
  if (!text) return otherwise;
  TOLLGATE_TRY(const auto number, api::number_param(request, name, least, most));
  return *number;
}

Result<Feed::Query> parse_feed_query(const net::Request& request) {
  Feed::Query query;
  TOLLGATE_TRY(const auto after, number_param(request, "after", 0, 0, INT64_MAX));
  query.after = EventId(after);
  TOLLGATE_TRY(const auto limit, number_param(request, "limit", query.limit, 1, Feed::batch_max));
  query.limit = static_cast<int>(limit);
  TOLLGATE_TRY(const auto wait_s, number_param(request, "wait", 0, 0, Feed::wait_max_s));
  query.wait_ms = wait_s * 1000;
  TOLLGATE_TRY(query.type, word_param(request, "type"));
  return query;
}

}  // namespace

std::string to_json(const outbox::StoredEvent& event) {
  json::Writer w;
  w.begin_object().field("id", event.id).field("type", event.type);
  if (event.order)
    w.field("order_id", event.order);
  else
    w.key("order_id").null();
  w.field("created_at", to_rfc3339(event.created)).raw_field("data", event.data).end_object();
  return w.take();
}

std::string to_json(const outbox::Delivery& d) {
  std::optional<TimeMs> next;
  if (d.status == outbox::DeliveryStatus::pending) next = d.next_attempt;
  json::Writer w;
  w.begin_object().field("id", d.id).field("event_id", d.event).field("webhook_id", d.webhook);
  w.field("status", to_string(d.status)).field("attempts", d.attempts);
  w.field("next_attempt_at", time_text(next)).field("last_status", d.last_status);
  w.field("last_error", d.last_error).field("created_at", to_rfc3339(d.created));
  w.field("delivered_at", time_text(d.delivered)).end_object();
  return w.take();
}

Routes::Answer Routes::list_events(api::Context& context) {
  TOLLGATE_CO_TRY(const auto page, api::parse_page(context.request));
  outbox::EventFilter filter;
  filter.before = EventId(page.starting_after);
  filter.limit = page.limit + 1;
  TOLLGATE_CO_TRY(filter.type, word_param(context.request, "type"));
  TOLLGATE_CO_TRY(filter.order, id_param<OrderId>(context.request, "order_id"));
  auto read = [&](db::Tx& tx) { return outbox::events::list(tx, filter); };
  const auto found = co_await parts_.database.read(read);
  std::vector<std::string> items;
  for (const auto& event : found) items.push_back(to_json(event));
  co_return api::list_response(std::move(items), page);
}

Routes::Answer Routes::feed_events(api::Context& context) {
  TOLLGATE_CO_TRY(auto query, parse_feed_query(context.request));
  const EventId after = query.after;
  const auto found = co_await feed_.read(std::move(query));
  json::Writer w;
  w.begin_object().key("data").begin_array();
  for (const auto& event : found) w.raw(to_json(event));
  w.end_array().field("next", found.empty() ? after : found.back().id).end_object();
  co_return api::json_response(200, w.take());
}

Routes::Answer Routes::get_event(api::Context& context) {
  TOLLGATE_CO_TRY(const auto id, api::parse_id<EventId>(context.param(0), Errc::event_not_found));
  auto read = [&](db::Tx& tx) { return outbox::events::find(tx, id); };
  const auto found = co_await parts_.database.read(read);
  if (!found) co_return Error(Errc::event_not_found);
  co_return api::json_response(200, to_json(*found));
}

Routes::Answer Routes::list_deliveries(api::Context& context) {
  TOLLGATE_CO_TRY(const auto page, api::parse_page(context.request));
  TOLLGATE_CO_TRY(const auto filter, parse_delivery_filter(context.request));
  auto read = [&](db::Tx& tx) { return outbox::deliveries::list(tx, filter); };
  const auto found = co_await parts_.database.read(read);
  std::vector<std::string> items;
  for (const auto& delivery : found) items.push_back(to_json(delivery));
  co_return api::list_response(std::move(items), page);
}

Routes::Answer Routes::get_delivery(api::Context& context) {
  TOLLGATE_CO_TRY(const auto id,
                  api::parse_id<DeliveryId>(context.param(0), Errc::delivery_not_found));
  auto read = [&](db::Tx& tx) { return outbox::deliveries::find(tx, id); };
  const auto found = co_await parts_.database.read(read);
  if (!found) co_return Error(Errc::delivery_not_found);
  co_return api::json_response(200, to_json(*found));
}

Routes::Answer Routes::replay_delivery(api::Context& context) {
  TOLLGATE_CO_TRY(const auto id,
                  api::parse_id<DeliveryId>(context.param(0), Errc::delivery_not_found));
  TOLLGATE_CO_TRY([[maybe_unused]] const auto nothing, api::parse_nothing(context.request));
  auto write = [&](db::Tx& tx) { return service_.replay(tx, id); };
  const auto replayed = co_await parts_.database.write(write);
  if (!replayed) co_return replayed.error();
  co_return api::json_response(202, to_json(*replayed));
}

Routes::Answer Routes::replay_webhook(api::Context& context) {
  TOLLGATE_CO_TRY(const auto id,
                  api::parse_id<WebhookId>(context.param(0), Errc::webhook_not_found));
  TOLLGATE_CO_TRY(const auto asked, parse_replay(context.request));
  outbox::events::Range range;
  range.since = asked.since;
  // No end means no end: a clock that ran ahead has stamped events with times to come.
  range.until = asked.until.value_or(TimeMs{INT64_MAX});
  std::int64_t count = 0;
  auto write = [&](db::Tx& tx) { return service_.replay(tx, id, range); };
  for (bool more = true; more;) {
    const auto portion = co_await parts_.database.write(write);
    if (!portion) co_return portion.error();
    count += portion->count;
    range.after = portion->last;
    more = portion->more;
  }
  json::Writer w;
  w.begin_object().field("replayed", count).end_object();
  co_return api::json_response(202, w.take());
}

}  // namespace tollgate::notify
