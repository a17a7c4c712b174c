#include <algorithm>

#include "app/adapters.hpp"
#include "payment/store.hpp"

namespace tollgate::app {
namespace {

std::string word_of(sdk::ActionType type) {
  switch (type) {
    case sdk::ActionType::qr:
      return "qr";
    case sdk::ActionType::redirect:
      return "redirect";
    case sdk::ActionType::form:
      return "form";
    case sdk::ActionType::jsapi:
      return "jsapi";
    case sdk::ActionType::app:
    case sdk::ActionType::app_string:
      return "app";
    case sdk::ActionType::none:
      break;
  }
  return "";
}

/// New attempts that buyers start, of one order: a change of mind or two at once, then slowly.
const std::vector<Rate> start_rates{{5, 12'000}, {20, 180'000}};

struct Seen {
  order::Order order;
  std::vector<payment::Payment> payments;
};

}  // namespace

CashierForBuyers::CashierForBuyers(order::OrderService& orders, payment::Attempts& attempts,
                                   channel::AccountBook& accounts, BuyerAsks& asks)
    : orders_(orders),
      attempts_(attempts),
      accounts_(accounts),
      asks_(asks),
      starts_(orders.services().clock, start_rates) {}

bool CashierForBuyers::is_usable(const payment::Payment& p) const {
  const TimeMs now = orders_.services().clock.now();
  return p.status == payment::Status::pending && p.action.type != sdk::ActionType::none &&
         (p.action.expires_at.ms == 0 || p.action.expires_at > now);
}

std::string CashierForBuyers::title_of(const payment::Payment& p) const {
  const auto account = accounts_.find(p.account_id);
  const auto* capability = account ? account->capability(p.method) : nullptr;
  return capability ? capability->title : p.channel;
}

std::vector<console::Choice> CashierForBuyers::choices(const order::Order& order) const {
  std::vector<console::Choice> list;
  const TimeMs now = orders_.services().clock.now();
  if (order.status != order::Status::unpaid || order.expires_at <= now) return list;
  const auto currency = Currency::parse(order.currency);
  TOLLGATE_ASSERT(currency.has_value());
  for (const auto& account : accounts_.all())
    for (const auto& capability : account->plugin().capabilities()) {
      const bool listed = std::ranges::any_of(list, [&](const console::Choice& c) {
        return c.channel == account->channel() && c.method == capability.method;
      });
      if (listed || (capability.needs & TG_NEEDS_OPENID)) continue;
      channel::Wish wish(capability.method, *currency);
      wish.channel = account->channel();
      wish.amount = order.amount;
      // Whether anybody serves it; who does is decided when the buyer pays.
      if (accounts_.choose(wish))
        list.push_back({account->channel(), capability.method, capability.title});
    }
  return list;
}

console::CashierView CashierForBuyers::assemble(
    const order::Order& order, std::string token,
    const std::vector<payment::Payment>& payments) const {
  console::CashierView view;
  view.order = order.id;
  view.token = std::move(token);
  view.status = to_string(order.status);
  view.description = order.description;
  view.currency = order.currency;
  view.amount = order.amount;
  for (const auto& item : order.items)
    view.items.push_back({item.name, item.unit_price, item.quantity});
  view.expires_at = order.expires_at;
  view.choices = choices(order);
  for (const auto& p : payments) {
    if (!p.return_url.empty()) view.return_url = p.return_url;
    if (!is_usable(p) || order.status != order::Status::unpaid) continue;
    view.open_attempt = console::Attempt{
        p.channel, p.method, title_of(p), word_of(p.action.type), p.action.material, p.created_at};
  }
  return view;
}

net::Awaitable<Result<console::CashierView>> CashierForBuyers::view(std::string token) {
  const auto id = orders_.tokens().open(token);
  if (!id) co_return Error(Errc::order_not_found);
  auto read = [&](db::Tx& tx) -> std::optional<Seen> {
    auto order = orders_.find(tx, *id);
    if (!order) return std::nullopt;
    return Seen{std::move(*order), payment::store::of_order(tx, *id)};
  };
  const auto seen = co_await orders_.services().database.read(read);
  if (!seen) co_return Error(Errc::order_not_found);
  co_return assemble(seen->order, std::move(token), seen->payments);
}

net::Awaitable<Result<console::StartedAction>> CashierForBuyers::start(std::string token,
                                                                       std::string channel,
                                                                       std::string method,
                                                                       std::string client_ip) {
  auto now = co_await view(token);
  if (!now) co_return now.error();
  const auto is_wanted = [&](const auto& it) {
    return it.channel == channel && it.method == method;
  };
  if (now->open_attempt && is_wanted(*now->open_attempt))
    co_return console::StartedAction{now->open_attempt->action_type, now->open_attempt->material};
  if (!now->choices.empty()) {
    if (std::ranges::none_of(now->choices, is_wanted)) co_return Error(Errc::method_unavailable);
    const auto wait_ms = starts_.take(now->order.str());
    if (wait_ms > 0) co_return too_often(wait_ms);
  }
  payment::StartRequest request;
  request.order_id = now->order;
  request.channel = std::move(channel);
  request.method = std::move(method);
  request.client_ip = std::move(client_ip);
  request.return_url = now->return_url;
  auto started = co_await attempts_.start(std::move(request));
  if (!started) co_return started.error();
  co_return console::StartedAction{word_of(started->action.type), started->action.material};
}

net::Awaitable<Result<console::CashierView>> CashierForBuyers::returned(std::string token) {
  const auto id = orders_.tokens().open(token);
  if (!id) co_return Error(Errc::order_not_found);
  auto find = [&](db::Tx& tx) { return payment::store::find_open(tx, *id); };
  const auto open = co_await orders_.services().database.read(find);
  if (open) co_await asks_.ask(open->pay_no);
  co_return co_await view(std::move(token));
}

}  // namespace tollgate::app
