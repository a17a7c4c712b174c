#include "simulate/shop.hpp"

namespace tollgate::simulate {
namespace {

namespace asio = boost::asio;

constexpr const char* methods[] = {"native", "jsapi", "h5", "app"};

bool is_over(const std::string& status) {
  return !status.empty() && status != "unpaid";
}

}  // namespace

asio::awaitable<void> Shop::set_up() {
  co_await caller_.insist({net::Method::put, std::string("/v1/stock/") + scarce_goods,
                           "{\"available\":" + std::to_string(scarce_stock) + "}", "", true},
                          3);
  for (auto& endpoint : receivers_.all()) {
    std::string events;
    for (const auto& type : endpoint.events)
      events += (events.empty() ? "" : ",") + in_quotes(type);
    const auto answer = co_await caller_.insist(
        {net::Method::post, "/v1/webhooks",
         "{\"url\":" + in_quotes(endpoint.url()) + ",\"events\":[" + events + "]}",
         "hook-" + endpoint.host, true},
        3);
    if (!answer || answer->status != 201) {
      world_.fail("a webhook could not be made: " + (answer ? answer->body : "no answer"));
      continue;
    }
    endpoint.webhook_id = member(answer->body, "id");
    endpoint.secret = member(answer->body, "secret");
  }
}

/// Another program that wants the same order at the same time, under the same key or another.
asio::awaitable<void> Shop::make_rival(Call call, std::string order_id, bool same_key) {
  const Answer answer = co_await caller_.insist(std::move(call), 10);
  if (!answer || answer->status >= 300) co_return;
  // Under another key it may be a new order, where the first is over; see the oracle of orders.
  if (same_key && member(answer->body, "id") != order_id)
    world_.fail("P6: two orders under one key: " + order_id + " and " + answer->body);
}

/// The order's id; empty where there is none.
asio::awaitable<std::string> Shop::make_order(int number) {
  const std::string n = std::to_string(number);
  const bool scarce = world_.chance(300);
  const std::string goods = scarce ? scarce_goods : "plenty";
  const std::int64_t quantity = world_.between(1, scarce ? 6 : 3);
  const std::int64_t expires_s = world_.between(300, 1'800);
  Call call;
  call.method = net::Method::post;
  call.target = "/v1/orders";
  call.body = "{\"user_id\":\"u" + n + "\",\"business_id\":\"b" + n +
              "\",\"currency\":\"CNY\",\"items\":[{\"goods_id\":" + in_quotes(goods) +
              ",\"name\":\"thing\",\"unit_price\":" + std::to_string(world_.between(1, 50'000)) +
              ",\"quantity\":" + std::to_string(quantity) +
              "}],\"expires_in\":" + std::to_string(expires_s) + "}";
  call.idempotency_key = "order-" + n;
  const Answer answer = co_await caller_.insist(call, 60);
  if (!answer || answer->status >= 300) co_return std::string();
  const std::string id = member(answer->body, "id");
  made_.push_back(id);
  if (world_.chance(200)) {
    const Answer again = co_await caller_.insist(call, 10);
    caller_.check_repeat(*answer, again);
  }
  if (world_.chance(200)) {
    Call rival = call;
    const bool same_key = world_.chance(500);
    if (!same_key) rival.idempotency_key += "-rival";
    world_.spawn("rival", make_rival(std::move(rival), id, same_key));
  }
  co_return id;
}

/// The attempt's number; empty where none is known.
asio::awaitable<std::string> Shop::start_payment(std::string order_id, int number, int attempt) {
  const std::string method = methods[world_.between(0, 3)];
  Call call;
  call.method = net::Method::post;
  call.target = "/v1/orders/" + order_id + "/payments";
  call.body = "{\"method\":" + in_quotes(method) + ",\"client_ip\":\"203.0.113.77\"";
  if (method == "jsapi") call.body += ",\"payer\":{\"openid\":\"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o\"}";
  if (world_.chance(600))
    call.body += ",\"account_id\":" + in_quotes(world_.chance(500) ? "wx-main" : "wx-cert");
  call.body += "}";
  if (world_.chance(500))
    call.idempotency_key = "pay-" + std::to_string(number) + "-" + std::to_string(attempt);
  const Answer answer = co_await caller_.insist(call, 4);
  if (!answer || answer->status != 201) co_return std::string();
  if (!call.idempotency_key.empty() && world_.chance(300)) {
    const Answer again = co_await caller_.insist(call, 4);
    caller_.check_repeat(*answer, again);
  }
  co_return member(answer->body, "pay_no");
}

asio::awaitable<void> Shop::pay_later(std::string pay_no) {
  const auto habit = world_.between(0, 99);
  if (habit < 20) co_return;  // never
  co_await world_.sleep(habit < 70 ? world_.between(500, 60'000)
                                   : world_.between(60'000, 2'400'000));
  if (habit >= 95) {
    const auto trade = channel_.ledger().find_number(pay_no);
    if (trade) channel_.pay(pay_no, trade->amount + world_.between(1, 500));
    co_return;
  }
  channel_.pay(pay_no);
}

asio::awaitable<void> Shop::meddle(std::string order_id, std::string pay_no, int number) {
  co_await world_.sleep(world_.between(0, 600'000));
  const auto what = world_.between(0, 99);
  const std::string key = "meddle-" + std::to_string(number);
  if (what < 40)
    co_await caller_.insist(
        {net::Method::post, "/v1/orders/" + order_id + "/cancel", "", key, false}, 6);
  else if (what < 70 && !pay_no.empty())
    co_await caller_.insist({net::Method::post, "/v1/payments/" + pay_no + "/sync", "", "", false},
                            2);
  else if (!pay_no.empty())
    co_await caller_.insist({net::Method::post, "/v1/payments/" + pay_no + "/close", "", "", false},
                            2);
}

/// Looks at the order until it is over.
asio::awaitable<void> Shop::watch(std::string order_id) {
  for (;;) {
    const Answer answer =
        co_await caller_.try_once({net::Method::get, "/v1/orders/" + order_id, "", "", false});
    if (answer && answer->status == 404)
      co_return world_.fail("the order " + order_id + " is gone");
    const std::string status =
        answer && answer->status == 200 ? member(answer->body, "status") : "";
    if (is_over(status)) told_[order_id] = status;
    if (is_over(status)) co_return;
    co_await world_.sleep(world_.between(30'000, 240'000));
  }
}

asio::awaitable<void> Shop::customer(int number) {
  const std::string id = co_await make_order(number);
  if (id.empty()) co_return;
  const auto attempts = world_.between(0, 9) < 8 ? world_.between(1, 3) : 0;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    const std::string pay_no = co_await start_payment(id, number, attempt);
    if (!pay_no.empty()) world_.spawn("buyer", pay_later(pay_no));
    if (attempt == 0 && world_.chance(250)) world_.spawn("meddler", meddle(id, pay_no, number));
    if (world_.chance(600)) break;
    co_await world_.sleep(world_.between(0, 120'000));
  }
  co_await watch(id);
  co_await desk_.serve(id, number);
}

asio::awaitable<void> Shop::stray_payer() {
  while (open_) {
    co_await world_.sleep(world_.between(20'000, 240'000));
    const auto open = channel_.ledger().payable(world_.true_clock.now(), 50);
    if (open.empty()) continue;
    const auto& trade = open[world_.random.below(open.size())];
    const bool forged = world_.chance(500);
    if (forged)
      channel_.forge(trade, sandbox::Forgery::signature);
    else
      channel_.pay(trade.key.out_trade_no);
  }
}

asio::awaitable<void> Shop::bring_endpoints_back(std::set<std::int64_t> behind) {
  for (auto& endpoint : receivers_.all()) {
    if (!endpoint.said_gone && !behind.contains(std::stoll(endpoint.webhook_id))) continue;
    const std::string at = "/v1/webhooks/" + endpoint.webhook_id;
    const Answer on =
        co_await caller_.insist({net::Method::patch, at, R"({"enabled":true})", "", true}, 5);
    const Answer replayed = co_await caller_.insist(
        {net::Method::post, at + "/replay", R"({"since":"2025-12-31T00:00:00Z"})", "", true}, 5);
    if (!on || on->status != 200 || !replayed || replayed->status >= 300)
      world_.fail("an endpoint could not be brought back: " +
                  (replayed ? replayed->body : std::string("no answer")));
  }
}

}  // namespace tollgate::simulate
