#include "base/json_writer.hpp"
#include "base/time.hpp"
#include "notify/routes.hpp"

namespace tollgate::notify {
namespace {

std::optional<std::string> time_text(const std::optional<TimeMs>& time) {
  if (!time) return std::nullopt;
  return to_rfc3339(*time);
}

/// An id among the query parameters; an empty one counts as absent.
template <class Id>
Result<std::optional<Id>> id_param(const net::Request& request, const char* name) {
  const auto text = request.query_param(name);
  if (!text || text->empty()) return std::optional<Id>();
  const auto id = Id::parse(*text);
  if (!id) return invalid_field(std::string("/") + name, "must be an id");
  return std::optional<Id>(*id);
}

Result<outbox::DeliveryFilter> parse_delivery_filter(const net::Request& request) {
  TOLLGATE_TRY(const auto page, api::parse_page(request));
  outbox::DeliveryFilter filter;
  filter.before = DeliveryId(page.starting_after);
  filter.limit = page.limit + 1;
  TOLLGATE_TRY(filter.webhook, id_param<WebhookId>(request, "webhook_id"));
  const auto status = request.query_param("status");
  if (!status || status->empty()) return filter;
  filter.status = outbox::parse_delivery_status(*status);
  if (!filter.status) return invalid_field("/status", "must be pending, delivered or dead");
  return filter;
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
  filter.type = context.request.query_param("type");
  if (filter.type && filter.type->empty()) filter.type.reset();
  TOLLGATE_CO_TRY(filter.order, id_param<OrderId>(context.request, "order_id"));
  auto read = [&](db::Tx& tx) { return outbox::events::list(tx, filter); };
  const auto found = co_await parts_.database.read(read);
  std::vector<std::string> items;
  for (const auto& event : found) items.push_back(to_json(event));
  co_return api::list_response(std::move(items), page);
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
  TOLLGATE_CO_TRY([[maybe_unused]] const auto nothing, parse_nothing(context.request));
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
