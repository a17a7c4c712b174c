#include <catch2/catch.hpp>
#include <chrono>
#include <set>

#include "notify/signing.hpp"
#include "notify_fixture.hpp"

using namespace tollgate;
using namespace tollgate::notify;
using outbox::DeliveryStatus;

namespace {
Policy patient() {
  auto policy = Fixture::quick();
  policy.gaps_ms = {0, 600'000};
  return policy;
}
}  // namespace

TEST_CASE("P4: every subscription receives its events once, signed, under the event's id") {
  Fixture f;
  Receiver all;
  Receiver paid;
  const std::string made = f.subscribe(all.url());
  f.subscribe(paid.url(), R"(["order.paid"])");
  f.start();
  const EventId first = f.append("order.paid");
  f.append("order.created");
  REQUIRE(f.saw(all, 2));
  REQUIRE(f.saw(paid, 1));
  REQUIRE(f.all_are(DeliveryStatus::delivered, 3));
  REQUIRE(all.count() == 2);
  REQUIRE(paid.count() == 1);

  const auto request = paid.requests()[0];
  REQUIRE(header(request, "webhook-id") == first.str());
  REQUIRE(header(request, "content-type") == "application/json");
  REQUIRE(request.body.find(R"("type":"order.paid")") != std::string::npos);
  REQUIRE(request.body.find(R"("data":{"amount":9900})") != std::string::npos);

  const auto key = base64_decode(member(made, "secret").substr(6));
  REQUIRE(key);
  for (const auto& seen : all.requests()) {
    const auto stamp = std::stoll(header(seen, "webhook-timestamp"));
    REQUIRE(header(seen, "webhook-signature") ==
            sign(header(seen, "webhook-id"), stamp, seen.body, SigningKey(*key)));
  }
  const auto delivered = f.deliveries()[0];
  REQUIRE(delivered.attempts == 1);
  REQUIRE(delivered.last_status == 200);
  REQUIRE(delivered.delivered);
}

TEST_CASE("P4: what fails is tried again with the same id and body until the tries are spent") {
  Fixture f;
  Receiver receiver;
  receiver.answer(500, "out of order");
  f.subscribe(receiver.url());
  f.start();
  f.append();
  REQUIRE(f.all_are(DeliveryStatus::dead, 1));
  const auto seen = receiver.requests();
  REQUIRE(seen.size() == 3);
  for (const auto& request : seen) {
    REQUIRE(request.body == seen[0].body);
    REQUIRE(header(request, "webhook-id") == header(seen[0], "webhook-id"));
  }
  const auto dead = f.deliveries()[0];
  REQUIRE(dead.attempts == 3);
  REQUIRE(dead.last_status == 500);
  REQUIRE(dead.last_error == "HTTP 500: out of order");
}

TEST_CASE("an endpoint that comes back gets what it missed") {
  Fixture f;
  Receiver receiver;
  receiver.answer(503);
  f.subscribe(receiver.url());
  f.start();
  f.append();
  REQUIRE(f.saw(receiver, 1));
  receiver.answer(204);
  REQUIRE(f.all_are(DeliveryStatus::delivered, 1));
}

TEST_CASE("a redirect is a failure and is not followed") {
  Fixture f;
  Receiver receiver;
  receiver.answer(302);
  f.subscribe(receiver.url());
  f.start();
  f.append();
  REQUIRE(f.all_are(DeliveryStatus::dead, 1));
  for (const auto& request : receiver.requests()) REQUIRE(request.path == "/hook");
}

TEST_CASE("a 2xx with an endless body is an acknowledgement") {
  Fixture f;
  Receiver receiver;
  receiver.answer(200, std::string(200'000, 'x'));
  f.subscribe(receiver.url());
  f.start();
  f.append();
  REQUIRE(f.all_are(DeliveryStatus::delivered, 1));
  REQUIRE(receiver.count() == 1);
}

TEST_CASE("410 disables the endpoint with an event; what waits rests until it is enabled again") {
  Fixture f(patient());
  Receiver gone;
  Receiver other;
  gone.answer(410);
  const std::string id = member(f.subscribe(gone.url()), "id");
  f.subscribe(other.url(), R"(["webhook.disabled"])");
  f.start(GENERATE(true, false));
  f.append();
  REQUIRE(f.saw(other, 1));
  const auto shown = f.call(net::Method::get, "/v1/webhooks/" + id).body;
  REQUIRE(shown.find(R"("enabled":false)") != std::string::npos);
  REQUIRE(member(shown, "disabled_reason") == "gone");
  REQUIRE(other.requests()[0].body.find(R"("data":)" + shown) != std::string::npos);
  REQUIRE(f.events("webhook.disabled").size() == 1);

  const auto pending = f.deliveries().back();
  REQUIRE(pending.status == DeliveryStatus::pending);
  REQUIRE(pending.last_status == 410);
  f.append();  // makes no delivery for it
  REQUIRE(f.deliveries().size() == 2);

  gone.answer(200);
  const std::string replay = "/v1/deliveries/" + pending.id.str() + "/replay";
  REQUIRE(f.call(net::Method::post, replay).status == 202);
  REQUIRE(gone.count() == 1);
  const auto enabled = f.call(net::Method::patch, "/v1/webhooks/" + id, R"({"enabled":true})");
  REQUIRE(enabled.status == 200);
  REQUIRE(enabled.body.find(R"("disabled_reason":null)") != std::string::npos);
  REQUIRE(f.all_are(DeliveryStatus::delivered, 2));
}

TEST_CASE("P10: an endpoint that hangs does not delay another, and is bounded") {
  Fixture f;
  Receiver slow;
  Receiver quick;
  slow.hang();
  f.subscribe(slow.url());
  f.subscribe(quick.url());
  f.start(GENERATE(true, false));
  for (int i = 0; i < 50; ++i) f.append();
  REQUIRE(f.saw(quick, 50));
  REQUIRE(slow.count() <= 8);
  slow.release();
  REQUIRE(f.all_are(DeliveryStatus::delivered, 100));
}

TEST_CASE("P10: a common bound that is full of hanging endpoints is shared in turn") {
  Bounds bounds;
  bounds.in_flight_per_endpoint = 2;
  bounds.in_flight = 3;
  Fixture f(Fixture::quick(), bounds);
  Receiver slow;
  Receiver quick;
  slow.hang();
  f.subscribe(slow.url());
  f.subscribe(quick.url());
  f.start();
  for (int i = 0; i < 10; ++i) f.append();
  REQUIRE(f.saw(quick, 10));
  REQUIRE(slow.count() <= 2);
}

TEST_CASE("P11: what a dead process had claimed is delivered by the next one at once") {
  Fixture f;
  Receiver receiver;
  f.subscribe(receiver.url());
  f.append();
  f.write([&](db::Tx& tx) {
    const auto webhook = outbox::deliveries::list(tx, {})[0].webhook;
    return outbox::deliveries::claim(tx, webhook, f.clock.now(), f.clock.now().plus_s(600), 10);
  });
  f.start();
  REQUIRE(f.all_are(DeliveryStatus::delivered, 1));
}

TEST_CASE("P11: stop waits for tries under way and loses none of what is left") {
  Fixture f;
  Receiver receiver;
  receiver.hang();
  f.subscribe(receiver.url());
  f.start(GENERATE(true, false));
  for (int i = 0; i < 20; ++i) f.append();
  REQUIRE(f.saw(receiver, 8));
  auto stopping = f.begin_stop();
  receiver.release();
  stopping.get();
  const std::size_t sent = receiver.count();
  std::size_t pending = 0;
  for (const auto& delivery : f.deliveries())
    if (delivery.status == DeliveryStatus::pending) ++pending;
  REQUIRE(sent + pending == 20);
  REQUIRE(pending > 0);
}

TEST_CASE("P10: an address that turns out private fails the delivery and is never connected to") {
  auto policy = Fixture::quick();
  Fixture f(policy);
  Receiver receiver;
  f.subscribe(receiver.url());
  policy.allow_private_networks = false;
  f.notify.set_policy(policy);
  f.start();
  f.append();
  REQUIRE(f.all_are(DeliveryStatus::dead, 1));
  REQUIRE(receiver.count() == 0);
  REQUIRE(f.deliveries()[0].last_error == "the address is refused: not a public one");
}

TEST_CASE("P4: many events for many endpoints arrive once each") {
  Fixture f;
  std::array<Receiver, 3> receivers;
  for (const auto& receiver : receivers) f.subscribe(receiver.url());
  f.start(GENERATE(true, false));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&f] {
      for (int i = 0; i < 100; ++i) f.append();
    });
  for (auto& thread : threads) thread.join();
  for (const auto& receiver : receivers) REQUIRE(f.saw(receiver, 400));
  REQUIRE(f.all_are(DeliveryStatus::delivered, 1'200));
  for (const auto& receiver : receivers) {
    std::set<std::string> ids;
    for (const auto& request : receiver.requests()) ids.insert(header(request, "webhook-id"));
    REQUIRE(ids.size() == 400);
    REQUIRE(receiver.count() == 400);
  }
}
