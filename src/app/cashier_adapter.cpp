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
                                   channel::AccountBook& accounts, BuyerAsks& asks,
                                   const Openids& openids)
    : orders_(orders),
      attempts_(attempts),
      accounts_(accounts),
      asks_(asks),
      openids_(openids),
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
      if (listed) continue;
      channel::Wish wish(capability.method, *currency);
      wish.channel = account->channel();
      wish.amount = order.amount;
      const bool needs_openid = (capability.needs & TG_NEEDS_OPENID) != 0;
      // Whether anybody serves it; who does is decided when the buyer pays.
      if (needs_openid ? !recogniser(wish).empty() : accounts_.choose(wish).has_value())
        list.push_back({account->channel(), capability.method, capability.title, needs_openid});
    }
  return list;
}

std::string CashierForBuyers::recogniser(const channel::Wish& wish) const {
  if (const auto first = accounts_.choose(wish); first && openids_.knows(first->account->id()))
    return first->account->id();
  for (const auto& account : accounts_.all()) {
    if (account->channel() != wish.channel || !openids_.knows(account->id())) continue;
    channel::Wish named = wish;
    named.account_id = account->id();
    if (accounts_.choose(named)) return account->id();
  }
  return "";
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
  const auto is_startable = [&](const console::Choice& it) {
    return is_wanted(it) && !it.needs_openid;
  };
  if (const auto& open = now->open_attempt; open && is_wanted(*open))
    co_return console::StartedAction{open->action_type, open->material};
  if (!now->choices.empty()) {
    if (std::ranges::none_of(now->choices, is_startable)) co_return Error(Errc::method_unavailable);
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

net::Awaitable<Result<console::Recognition>> CashierForBuyers::recognise(std::string token,
                                                                         console::Choice choice,
                                                                         std::string state,
                                                                         WayBack back) {
  const auto now = co_await view(std::move(token));
  if (!now) co_return now.error();
  const auto currency = Currency::parse(now->currency);
  if (!currency) co_return Error(Errc::internal_error);
  channel::Wish wish(choice.method, *currency);
  wish.channel = choice.channel;
  wish.amount = now->amount;
  const std::string account = recogniser(wish);
  const auto page = openids_.page(account, back(account), state);
  if (!page) co_return Error(Errc::method_unavailable);
  co_return console::Recognition{account, *page};
}

net::Awaitable<Result<console::StartedAction>> CashierForBuyers::start_recognised(
    std::string token, std::string account_id, std::string code, std::string client_ip) {
  const auto now = co_await view(std::move(token));
  if (!now) co_return now.error();
  if (now->choices.empty())
    co_return Error(now->status == "paid" ? Errc::order_already_paid : Errc::order_closed);
  const auto account = accounts_.find(account_id);
  if (!account || !openids_.knows(account_id)) co_return Error(Errc::method_unavailable);
  const auto capability = std::ranges::find_if(
      account->plugin().capabilities(),
      [](const auto& offered) { return (offered.needs & TG_NEEDS_OPENID) != 0; });
  if (capability == account->plugin().capabilities().end())
    co_return Error(Errc::method_unavailable);
  if (const auto wait_ms = starts_.take(now->order.str()); wait_ms > 0)
    co_return too_often(wait_ms);
  auto openid = co_await openids_.ask(account_id, std::move(code));
  if (!openid) co_return openid.error();
  payment::StartRequest request;
  request.order_id = now->order;
  request.account_id = std::move(account_id);
  request.method = capability->method;
  request.client_ip = std::move(client_ip);
  request.return_url = now->return_url;
  request.openid = std::move(*openid);
  const auto started = co_await attempts_.start(std::move(request));
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
