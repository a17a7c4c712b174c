#include "simulate/refund_desk.hpp"

#include <vector>

namespace tollgate::simulate {
namespace {

namespace asio = boost::asio;

/// The texts of a member wherever it stands in a list's elements.
std::vector<std::string> members(const std::string& json, const std::string& name) {
  const std::string before = "\"" + name + "\":\"";
  std::vector<std::string> texts;
  for (auto at = json.find(before); at != std::string::npos; at = json.find(before, at)) {
    at += before.size();
    texts.push_back(json.substr(at, json.find('"', at) - at));
  }
  return texts;
}

Call asking(const std::string& of, const std::string& id, std::int64_t amount,
            const std::string& key) {
  Call call;
  call.method = net::Method::post;
  call.target = "/v1/refunds";
  call.body = "{" + in_quotes(of) + ":" + in_quotes(id);
  if (amount > 0) call.body += ",\"amount\":" + std::to_string(amount);
  call.body += ",\"reason\":\"sent back\"}";
  call.idempotency_key = key;
  return call;
}

}  // namespace

/// P6: one key is one refund.
void RefundDesk::remember(const Call& call, const std::string& refund) {
  const std::string id = member(refund, "refund_id");
  const auto [at, fresh] = by_key_.emplace(call.idempotency_key, id);
  if (!fresh && at->second != id)
    world_.fail("P6: two refunds under one key: " + at->second + " and " + id);
  made_[id] = std::stoll("0" + member(refund, "amount"));
}

asio::awaitable<void> RefundDesk::make_rival(Call call) {
  const auto answer = co_await caller_.insist(call, 10);
  if (answer && answer->status == 201) remember(call, answer->body);
}

asio::awaitable<void> RefundDesk::ask_for(Call call) {
  if (world_.chance(250)) world_.spawn("refund rival", make_rival(call));
  const auto answer = co_await caller_.insist(call, 8);
  if (!answer || answer->status != 201) co_return;
  remember(call, answer->body);
  const std::string id = member(answer->body, "refund_id");
  const bool waits = member(answer->body, "approval") == "required";
  if (waits) world_.spawn("second key", decide(id));
  world_.spawn("refund watcher", watch(id));
  if (!world_.chance(300)) co_return;
  const auto again = co_await caller_.insist(call, 4);
  caller_.check_repeat(*answer, again);
}

asio::awaitable<void> RefundDesk::serve(std::string order_id, int number) {
  if (!world_.chance(550)) co_return;
  const auto order =
      co_await caller_.insist({net::Method::get, "/v1/orders/" + order_id, "", "", false}, 6);
  if (!order || order->status != 200) co_return;
  const std::int64_t amount = std::stoll("0" + member(order->body, "amount"));
  const auto parts = world_.between(1, 3);
  for (int part = 0; part < parts; ++part) {
    co_await world_.sleep(world_.between(0, 200'000));
    // The parts may be more than the whole: then one of them is refused.
    const std::int64_t wanted = world_.chance(400) ? 0 : world_.between(1, amount);
    const std::string key = "refund-" + std::to_string(number) + "-" + std::to_string(part);
    co_await ask_for(asking("order_id", order_id, wanted, key));
  }
}

/// The key that asked may not agree; another may, or refuses.
asio::awaitable<void> RefundDesk::decide(std::string refund_id) {
  const std::string at = "/v1/refunds/" + refund_id;
  co_await world_.sleep(world_.between(0, 300'000));
  if (world_.chance(200)) {
    const auto self =
        co_await caller_.insist({net::Method::post, at + "/approve", "", "", false}, 2);
    if (self && self->status == 200)
      world_.fail("the refund " + refund_id + " was approved by who asked for it");
  }
  const std::string word = world_.chance(850) ? "/approve" : "/reject";
  co_await caller_.insist({net::Method::post, at + word, "", "decide-" + refund_id, true}, 8);
}

asio::awaitable<void> RefundDesk::decide_all() {
  const auto waiting = co_await caller_.insist(
      {net::Method::get, "/v1/refunds?status=pending&limit=100", "", "", true}, 5);
  if (!waiting || waiting->status != 200)
    co_return world_.fail("refunds cannot be listed: " + (waiting ? waiting->body : "no answer"));
  for (const auto& id : members(waiting->body, "refund_id"))
    co_await caller_.insist({net::Method::post, "/v1/refunds/" + id + "/approve", "", "", true}, 5);
}

/// Looks at the refund until it is over.
asio::awaitable<void> RefundDesk::watch(std::string refund_id) {
  for (;;) {
    const auto answer =
        co_await caller_.try_once({net::Method::get, "/v1/refunds/" + refund_id, "", "", false});
    if (answer && answer->status == 404)
      co_return world_.fail("the refund " + refund_id + " is gone");
    const std::string status =
        answer && answer->status == 200 ? member(answer->body, "status") : "";
    const bool over = !status.empty() && status != "pending";
    if (over) told_[refund_id] = status;
    if (over) co_return;
    co_await world_.sleep(world_.between(30'000, 600'000));
  }
}

asio::awaitable<void> RefundDesk::look_after_late_money() {
  while (open_) {
    co_await world_.sleep(world_.between(60'000, 900'000));
    const auto held =
        co_await caller_.try_once({net::Method::get, "/v1/late-payments?state=held", "", "", true});
    if (!held || held->status != 200) continue;
    for (const auto& pay_no : members(held->body, "pay_no")) {
      const auto dice = world_.between(0, 99);
      const std::string key = "late-" + std::to_string(++asked_late_);
      if (dice < 30)
        co_await caller_.insist(
            {net::Method::post, "/v1/late-payments/" + pay_no + "/accept", "", "", true}, 3);
      else if (dice < 70)
        co_await ask_for(asking("pay_no", pay_no, 0, key));
    }
  }
}

}  // namespace tollgate::simulate
