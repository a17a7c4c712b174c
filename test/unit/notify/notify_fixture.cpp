#include "notify_fixture.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>

namespace tollgate::notify {

namespace asio = boost::asio;

net::Awaitable<net::Response> Receiver::receive(net::Request& request) {
  net::Response response;
  std::optional<int> once;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    once = std::exchange(next_status_, std::nullopt);
    response = net::Response(once.value_or(status_), "text/plain", body_);
  }
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (hanging_ && !once) {
    timer.expires_after(std::chrono::milliseconds(2));
    co_await timer.async_wait(asio::use_awaitable);
  }
  if (response.status >= 300 && response.status < 400)
    response.headers.add("Location", "/elsewhere");
  co_return response;
}

std::string member(const std::string& json, const std::string& name) {
  const std::string mark = "\"" + name + "\":\"";
  const std::size_t at = json.find(mark);
  if (at == std::string::npos) return "";
  const std::size_t from = at + mark.size();
  return json.substr(from, json.find('"', from) - from);
}

Policy Fixture::quick() {
  Policy policy;
  policy.gaps_ms = {0, 20, 20};
  policy.timeout_ms = 2'000;
  policy.allow_private_networks = true;
  return policy;
}

namespace {
Options options(Policy policy, Bounds bounds) {
  Options out;
  out.policy = std::move(policy);
  out.bounds = bounds;
  out.master_key = Secret<std::string>(std::string(32, 'm'));
  return out;
}
}  // namespace

Fixture::Fixture(Policy policy, Bounds bounds)
    : notify(Parts{*database, outbox, idempotency, client, ids, clock, random, metrics},
             options(std::move(policy), bounds)),
      gate(*database, idempotency, keys, clock, metrics) {
  keys.replace({{"admin", api::Role::admin, hex_lower(sha256("admin-key"))},
                {"shop", api::Role::merchant, hex_lower(sha256("shop-key"))}});
  gate.add(notify.routes());
}

Fixture::~Fixture() {
  stop();
  database->stop();  // its threads tell those of this fixture
}

void Fixture::start(bool sole_instance) {
  started = true;
  notify.start(io.context.get_executor(), sole_instance);
}

void Fixture::stop() {
  if (started) io.run(notify.stop());
  started = false;
}

std::future<void> Fixture::begin_stop() {
  started = false;
  auto ended = boost::asio::co_spawn(io.context, notify.stop(), boost::asio::use_future);
  // Behind it in the context's queue.
  boost::asio::post(io.context, boost::asio::use_future).get();
  return ended;
}

net::Response Fixture::call(net::Method method, const std::string& target, std::string body,
                            std::string idempotency_key, std::string key) {
  net::Request request;
  request.method = method;
  request.target = target;
  request.path = target.substr(0, target.find('?'));
  if (target.find('?') != std::string::npos) request.query = target.substr(target.find('?') + 1);
  request.headers.add("Authorization", "Bearer " + key);
  if (!body.empty()) request.headers.add("Content-Type", "application/json");
  if (!idempotency_key.empty()) request.headers.add("Idempotency-Key", idempotency_key);
  request.body = std::move(body);
  return io.run(gate.handle(request));
}

std::string Fixture::subscribe(const std::string& url, const std::string& events) {
  const auto response = call(net::Method::post, "/v1/webhooks",
                             R"({"url":")" + url + R"(","events":)" + events + "}");
  INFO(response.body);
  REQUIRE(response.status == 201);
  return response.body;
}

EventId Fixture::append(const std::string& type, std::int64_t order) {
  return write([&](db::Tx& tx) {
    return outbox.append(tx, outbox::Event(type, OrderId(order), R"({"amount":9900})"));
  });
}

std::vector<outbox::Delivery> Fixture::deliveries() {
  return read([](db::Tx& tx) { return outbox::deliveries::list(tx, {.limit = 10'000}); });
}

std::vector<outbox::StoredEvent> Fixture::events(const std::string& type) {
  return read([&](db::Tx& tx) { return outbox::events::list(tx, {.type = type}); });
}

bool Fixture::all_are(outbox::DeliveryStatus status, std::size_t count) {
  return test::eventually([&] {
    const auto all = deliveries();
    return all.size() == count && std::ranges::all_of(all, [&](const auto& delivery) {
             return delivery.status == status;
           });
  });
}

}  // namespace tollgate::notify
