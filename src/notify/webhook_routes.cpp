#include "api/params.hpp"
#include "notify/routes.hpp"

namespace tollgate::notify {
namespace {

/// Stands in the kept answer of an Idempotency-Key instead of the secret, which no row may hold
/// (P9); the key is made anew from it for every answer that leaves. User text cannot hold it:
/// quotes inside a JSON string are escaped.
constexpr std::string_view seal = "\"secret\":\"sealed:";

}  // namespace

Routes::Routes(const Parts& parts, const KeyMaker& keys, WebhookService& service, Feed& feed,
               const CurrentPolicy& policy)
    : parts_(parts), keys_(keys), service_(service), feed_(feed), policy_(policy) {}

std::vector<api::Route> Routes::table() {
  using net::Method;
  const auto row = [this](Method method, std::string pattern,
                          Answer (Routes::*handler)(api::Context&), bool sealed = false) {
    auto call = [this, handler](api::Context& context) { return (this->*handler)(context); };
    return api::Route{method, std::move(pattern), api::Access::admin, std::move(call), sealed};
  };
  return {
      row(Method::post, "/v1/webhooks", &Routes::create_webhook, true),
      row(Method::get, "/v1/webhooks", &Routes::list_webhooks),
      row(Method::get, "/v1/webhooks/{id}", &Routes::get_webhook),
      row(Method::patch, "/v1/webhooks/{id}", &Routes::change_webhook),
      row(Method::del, "/v1/webhooks/{id}", &Routes::delete_webhook),
      row(Method::post, "/v1/webhooks/{id}/rotate-secret", &Routes::rotate_secret, true),
      row(Method::post, "/v1/webhooks/{id}/replay", &Routes::replay_webhook),
      row(Method::get, "/v1/events", &Routes::list_events),
      row(Method::get, "/v1/events/feed", &Routes::feed_events),
      row(Method::get, "/v1/events/{id}", &Routes::get_event),
      row(Method::get, "/v1/deliveries", &Routes::list_deliveries),
      row(Method::get, "/v1/deliveries/{id}", &Routes::get_delivery),
      row(Method::post, "/v1/deliveries/{id}/replay", &Routes::replay_delivery),
  };
}

std::string Routes::sealed_json(const Webhook& webhook) const {
  std::string json = to_json(webhook);
  json.pop_back();
  json.append(",").append(seal).append(webhook.id.str()).append(":");
  return json.append(std::to_string(webhook.generation)).append("\"}");
}

void Routes::unseal(net::Response& response) const {
  const std::size_t at = response.body.rfind(seal);
  if (at == std::string::npos) return;
  const std::size_t from = at + seal.size();
  const std::size_t end = response.body.find('"', from);
  const std::string_view mark = std::string_view(response.body).substr(from, end - from);
  const std::size_t colon = mark.find(':');
  const auto id = WebhookId::parse(mark.substr(0, colon));
  const auto generation = JobId::parse(mark.substr(colon + 1));
  TOLLGATE_ASSERT(id && generation);
  const std::string secret = secret_text(keys_.make(*id, generation->value()));
  response.body.replace(at, end - at, "\"secret\":\"" + secret);
}

/// Claims and keeps the Idempotency-Key in the unit of `work`, so that the kept answer is the
/// sealed one.
Routes::Answer Routes::answer_sealed(api::Context& context, SealedWork work) {
  auto unit = [&](db::Tx& tx) -> Result<net::Response> {
    if (context.ticket) {
      TOLLGATE_TRY(auto first, parts_.idempotency.look(tx, *context.ticket));
      if (first) return std::move(*first);
    }
    TOLLGATE_TRY(auto response, work(tx));
    if (context.ticket) parts_.idempotency.keep(tx, *context.ticket, response);
    return response;
  };
  auto result = co_await parts_.database.write(unit);
  if (result) unseal(*result);
  co_return result;
}

Routes::Answer Routes::create_webhook(api::Context& context) {
  const auto spec = parse_webhook(context.request, reach());
  SealedWork work = [&](db::Tx& tx) -> Result<net::Response> {
    if (!spec) return spec.error();
    TOLLGATE_TRY(const auto webhook, service_.create(tx, *spec));
    return api::json_response(201, sealed_json(webhook));
  };
  co_return co_await answer_sealed(context, std::move(work));
}

Routes::Answer Routes::rotate_secret(api::Context& context) {
  const auto nothing = api::parse_nothing(context.request);
  const auto id = api::parse_id<WebhookId>(context.param(0), Errc::webhook_not_found);
  SealedWork work = [&](db::Tx& tx) -> Result<net::Response> {
    if (!id) return id.error();
    if (!nothing) return nothing.error();
    TOLLGATE_TRY(const auto webhook, service_.rotate(tx, *id));
    return api::json_response(200, sealed_json(webhook));
  };
  co_return co_await answer_sealed(context, std::move(work));
}

Routes::Answer Routes::list_webhooks(api::Context& context) {
  TOLLGATE_CO_TRY(const auto page, api::parse_page(context.request));
  auto read = [&](db::Tx& tx) {
    return webhooks::list(tx, WebhookId(page.starting_after), page.limit + 1);
  };
  const auto found = co_await parts_.database.read(read);
  std::vector<std::string> items;
  for (const auto& webhook : found) items.push_back(to_json(webhook));
  co_return api::list_response(std::move(items), page);
}

Routes::Answer Routes::get_webhook(api::Context& context) {
  TOLLGATE_CO_TRY(const auto id,
                  api::parse_id<WebhookId>(context.param(0), Errc::webhook_not_found));
  auto read = [&](db::Tx& tx) { return webhooks::find(tx, id); };
  const auto found = co_await parts_.database.read(read);
  if (!found) co_return Error(Errc::webhook_not_found);
  co_return api::json_response(200, to_json(*found));
}

Routes::Answer Routes::change_webhook(api::Context& context) {
  TOLLGATE_CO_TRY(const auto id,
                  api::parse_id<WebhookId>(context.param(0), Errc::webhook_not_found));
  TOLLGATE_CO_TRY(const auto patch, parse_patch(context.request, reach()));
  auto write = [&](db::Tx& tx) { return service_.change(tx, id, patch); };
  const auto changed = co_await parts_.database.write(write);
  if (!changed) co_return changed.error();
  co_return api::json_response(200, to_json(*changed));
}

Routes::Answer Routes::delete_webhook(api::Context& context) {
  TOLLGATE_CO_TRY(const auto id,
                  api::parse_id<WebhookId>(context.param(0), Errc::webhook_not_found));
  auto write = [&](db::Tx& tx) { return service_.remove(tx, id); };
  for (bool done = false; !done;) {
    const auto portion = co_await parts_.database.write(write);
    if (!portion) co_return portion.error();
    done = *portion;
  }
  net::Response response;
  response.status = 204;
  co_return response;
}

}  // namespace tollgate::notify
