// Money that no order took, for operators: what there is, and taking it after all. Giving it back
// is a refund like any other.
#include "api/params.hpp"
#include "payment/routes.hpp"

namespace tollgate::payment {
namespace {

using api::Access;
using api::Context;
using net::Awaitable;
using net::Method;
using net::Response;

bool is_state(const std::string& word) {
  return word == late_state::held || word == late_state::accepted ||
         word == late_state::refunding || word == late_state::refunded;
}

Awaitable<Result<Response>> list(Attempts& attempts, Context& context) {
  const auto page = api::parse_page(context.request);
  if (!page) co_return page.error();
  const auto state = api::text_param(context.request, "state");
  if (!state) co_return state.error();
  if (*state && !is_state(**state))
    co_return invalid_field("/state", "must be one of held, accepted, refunding, refunded");
  auto read = [&](db::Tx& tx) {
    return store::list_late(tx, *state, page->starting_after, page->limit + 1);
  };
  std::vector<std::string> items;
  for (const auto& money : co_await attempts.services().database.read(read))
    items.push_back(to_json(money));
  co_return api::list_response(std::move(items), *page);
}

Awaitable<Result<Response>> accept(Attempts& attempts, Context& context) {
  const auto pay_no = api::parse_id<PayNo>(context.param(0), Errc::payment_not_found);
  if (!pay_no) co_return pay_no.error();
  const auto nothing = api::parse_nothing(context.request);
  if (!nothing) co_return nothing.error();
  auto& s = attempts.services();
  auto work = [&](db::Tx& tx) { return s.settler.accept_late(tx, *pay_no); };
  const auto money = co_await s.database.write(work);
  if (!money) co_return money.error();
  co_return api::json_response(200, to_json(*money));
}

}  // namespace

std::vector<api::Route> late_routes(Attempts& attempts) {
  const auto bind = [&attempts](auto f) -> api::Handler {
    return [f, &attempts](Context& context) { return f(attempts, context); };
  };
  return {
      {Method::get, "/v1/late-payments", Access::admin, bind(list)},
      {Method::post, "/v1/late-payments/{pay_no}/accept", Access::admin, bind(accept)},
  };
}

}  // namespace tollgate::payment
