// What the deliverer holds and what becomes of it.
#include <catch2/catch.hpp>
#include <set>

#include "notify/deliverer.hpp"
#include "notify_fixture.hpp"

using namespace tollgate;
using namespace tollgate::notify;
using outbox::DeliveryStatus;

namespace {

Bounds narrow(std::size_t per_endpoint) {
  Bounds bounds;
  bounds.in_flight_per_endpoint = per_endpoint;
  return bounds;
}

/// Appends events; the writer's thread is kept busy after their commit until `until`, at most 10 s.
bool append_and_hold_writer(Fixture& f, int count, const std::function<bool()>& until) {
  bool held = false;
  f.write([&](db::Tx& tx) {
    for (int i = 0; i < count; ++i)
      f.outbox.append(tx, outbox::Event("order.paid", OrderId(7), "{}"));
    tx.after_commit([&] { held = test::eventually(until); });
    return true;
  });
  return held;
}

}  // namespace

TEST_CASE("between an event's commit and its webhook nothing is written") {
  Fixture f;
  Receiver receiver;
  f.subscribe(receiver.url());
  f.start();
  f.append();
  REQUIRE(f.all_are(DeliveryStatus::delivered, 1));
  REQUIRE(append_and_hold_writer(f, 3, [&] { return receiver.count() == 4; }));
  REQUIRE(f.all_are(DeliveryStatus::delivered, 4));
  REQUIRE(receiver.count() == 4);
}

TEST_CASE("P4: what happens while a claim reads leads to another claim at once") {
  Fixture f;
  Receiver receiver;
  f.subscribe(receiver.url());
  f.start(GENERATE(true, false));
  for (std::size_t i = 1; i <= 200; ++i) {
    f.append();
    if (i % 3 == 0) REQUIRE(f.saw(receiver, i));
  }
  REQUIRE(f.all_are(DeliveryStatus::delivered, 200));
  REQUIRE(receiver.count() == 200);
}

TEST_CASE("P4: what is replayed while it is tried is sent again when that try has ended") {
  Fixture f;
  Receiver receiver;
  f.subscribe(receiver.url());
  f.start(GENERATE(true, false));
  receiver.hang();
  f.append();
  REQUIRE(f.saw(receiver, 1));
  const auto id = f.deliveries()[0].id.str();
  REQUIRE(f.call(net::Method::post, "/v1/deliveries/" + id + "/replay").status == 202);
  receiver.release();
  const std::int64_t released_ms = f.clock.steady_ms();
  REQUIRE(f.saw(receiver, 2));
  REQUIRE(f.clock.steady_ms() - released_ms < Deliverer::sweep_ms / 2);  // no sweep has found it
  REQUIRE(f.all_are(DeliveryStatus::delivered, 1));
  REQUIRE(f.deliveries()[0].attempts == 1);
  REQUIRE(receiver.count() == 2);
}

TEST_CASE("P10: a delivery whose result cannot be written is not sent over and over") {
  Fixture f;
  Receiver receiver;
  f.subscribe(receiver.url());
  f.database->run_script(
      "CREATE TRIGGER refuse BEFORE UPDATE ON deliveries BEGIN SELECT RAISE(ABORT, 'no'); END;");
  f.start();
  f.append();
  REQUIRE(f.saw(receiver, 1));
  for (std::size_t i = 2; i <= 4; ++i) {
    f.append();  // wakes the endpoint
    REQUIRE(f.saw(receiver, i));
  }
  std::set<std::string> ids;
  for (const auto& request : receiver.requests()) ids.insert(header(request, "webhook-id"));
  REQUIRE(ids.size() == receiver.count());
}

TEST_CASE("what rests while its endpoint is disabled is sent when it is enabled again") {
  Fixture f(Fixture::quick(), narrow(1));
  Receiver receiver;
  const std::string id = member(f.subscribe(receiver.url()), "id");
  const auto enable = [&](const char* word) {
    const std::string body = std::string(R"({"enabled":)") + word + "}";
    REQUIRE(f.call(net::Method::patch, "/v1/webhooks/" + id, body).status == 200);
  };
  f.start(GENERATE(true, false));
  f.append();
  REQUIRE(f.saw(receiver, 1));  // answers fast: from now on it is claimed ahead
  receiver.hang();
  for (int i = 0; i < 10; ++i) f.append();
  REQUIRE(f.saw(receiver, 2));
  enable("false");
  receiver.release();
  enable("true");
  REQUIRE(f.saw(receiver, 11));
  std::set<std::string> ids;
  for (const auto& request : receiver.requests()) ids.insert(header(request, "webhook-id"));
  REQUIRE(ids.size() == 11);
  REQUIRE(receiver.count() == 11);
}

TEST_CASE("P4: an endpoint that said 410 gets nothing more, though that is not yet written") {
  Fixture f(Fixture::quick(), narrow(2));
  Receiver receiver;
  f.subscribe(receiver.url());
  f.start();
  f.append();
  REQUIRE(f.all_are(DeliveryStatus::delivered, 1));
  receiver.hang();
  receiver.answer_once(410);
  const auto& gone = f.metrics.counter("tollgate_webhook_attempts_total", "Tries of deliveries",
                                       {{"outcome", "gone"}});
  int looks = 0;
  REQUIRE(append_and_hold_writer(f, 20, [&] {
    if (receiver.count() < 3 || gone.value() == 0) return false;
    receiver.release();  // the other try ends, which would make room
    return ++looks > 30;
  }));
  REQUIRE(test::eventually([&] { return f.events("webhook.disabled").size() == 1; }));
  REQUIRE(receiver.count() == 3);
}
