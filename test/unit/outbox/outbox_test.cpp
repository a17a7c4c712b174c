#include "outbox/outbox.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "outbox/deliveries.hpp"
#include "outbox/events.hpp"
#include "unit/outbox/outbox_fixture.hpp"

using namespace tollgate;
using namespace tollgate::outbox;

namespace {

struct Fixture : test::Store {
  ManualClock clock;
  Snowflake ids{clock, 1};
  Outbox outbox{ids, clock};
  std::vector<std::string> heard;
  std::vector<WebhookId> woken;

  Fixture() {
    outbox.on_event([this](const EventNotice& notice) { heard.push_back(notice.type); });
    outbox.on_delivery([this](WebhookId id) { woken.push_back(id); });
  }
  void subscribe(std::int64_t webhook, std::vector<std::string> types) {
    write([&](db::Tx& tx) {
      outbox.subscribe(tx, WebhookId(webhook), types);
      return true;
    });
  }
  EventId append(const std::string& type, std::int64_t order = 7) {
    return write(
        [&](db::Tx& tx) { return outbox.append(tx, Event(type, OrderId(order), "{\"a\":1}")); });
  }
  std::vector<Delivery> all() {
    return read([](db::Tx& tx) { return deliveries::list(tx, DeliveryFilter{.limit = 1000}); });
  }
  std::vector<ClaimedDelivery> claim(std::int64_t webhook, std::size_t limit = 100) {
    return write([&](db::Tx& tx) {
      return deliveries::claim(tx, WebhookId(webhook), clock.now(), clock.now().plus_s(90), limit);
    });
  }
};

}  // namespace

TEST_CASE("P4: an event makes exactly one delivery for each subscription that wants it") {
  Fixture f;
  f.subscribe(1, {"order.paid", "order.created"});
  f.subscribe(2, {"*"});
  f.subscribe(3, {"refund.created"});
  const EventId id = f.append("order.paid");

  const auto made = f.all();
  REQUIRE(made.size() == 2);
  REQUIRE(made[0].webhook != made[1].webhook);
  for (const auto& delivery : made) {
    REQUIRE(delivery.event == id);
    REQUIRE(delivery.webhook != WebhookId(3));
    REQUIRE(delivery.status == DeliveryStatus::pending);
    REQUIRE(delivery.next_attempt == f.clock.now());
  }
  REQUIRE(f.heard == std::vector<std::string>{"order.paid"});
  REQUIRE(f.woken.size() == 2);
  REQUIRE(std::ranges::count(f.woken, WebhookId(1)) == 1);
  REQUIRE(std::ranges::count(f.woken, WebhookId(2)) == 1);
}

TEST_CASE("P3: a unit of work that fails leaves no event, no delivery and no word to listeners") {
  Fixture f;
  f.subscribe(1, {"*"});
  const auto failed = f.write([&](db::Tx& tx) -> Result<bool> {
    f.outbox.append(tx, Event("order.paid", OrderId(7), "{}"));
    return Error(Errc::order_closed);
  });
  REQUIRE(!failed);
  REQUIRE_THROWS(f.write([&](db::Tx& tx) -> bool {
    f.outbox.append(tx, Event("order.paid", OrderId(7), "{}"));
    throw std::runtime_error("broken");
  }));
  REQUIRE(f.all().empty());
  REQUIRE(f.read([](db::Tx& tx) { return events::list(tx, {}); }).empty());
  REQUIRE(f.heard.empty());
  REQUIRE(f.woken.empty());
}

TEST_CASE("who is unsubscribed gets no delivery; subscribing anew replaces the types") {
  Fixture f;
  f.subscribe(1, {"order.paid"});
  f.subscribe(1, {"order.expired"});
  f.append("order.paid");
  REQUIRE(f.all().empty());
  f.write([&](db::Tx& tx) {
    f.outbox.unsubscribe(tx, WebhookId(1));
    return true;
  });
  f.append("order.expired");
  REQUIRE(f.all().empty());
}

TEST_CASE("a first gap delays new deliveries") {
  Fixture f;
  f.subscribe(1, {"*"});
  f.outbox.delay_first_try(5'000);
  f.append("order.paid");
  REQUIRE(f.claim(1).empty());
  f.clock.advance_ms(5'000);
  REQUIRE(f.claim(1).size() == 1);
}

TEST_CASE("events are listed newest first, by type, by order and by both, in pages") {
  Fixture f;
  const EventId a = f.append("order.created", 1);
  const EventId b = f.append("order.paid", 1);
  const EventId c = f.append("order.created", 2);
  const auto ids = [&](const EventFilter& filter) {
    std::vector<EventId> out;
    for (const auto& event : f.read([&](db::Tx& tx) { return events::list(tx, filter); }))
      out.push_back(event.id);
    return out;
  };
  REQUIRE(ids({}) == std::vector{c, b, a});
  REQUIRE(ids({.type = "order.created"}) == std::vector{c, a});
  REQUIRE(ids({.order = OrderId(1)}) == std::vector{b, a});
  REQUIRE(ids({.type = "order.paid", .order = OrderId(1)}) == std::vector{b});
  REQUIRE(ids({.before = c, .limit = 1}) == std::vector{b});
  const auto one = f.read([&](db::Tx& tx) { return events::find(tx, b); });
  REQUIRE(one);
  REQUIRE(one->type == "order.paid");
  REQUIRE(one->data == "{\"a\":1}");
  REQUIRE(one->order == OrderId(1));
}

TEST_CASE("a range of events is by time of creation, inclusive, in portions") {
  Fixture f;
  const TimeMs start = f.clock.now();
  std::vector<EventId> made;
  for (int i = 0; i < 5; ++i) {
    made.push_back(f.append("order.paid"));
    f.clock.advance_ms(1'000);
  }
  const auto in_range = [&](events::Range range, int limit) {
    std::vector<EventId> out;
    for (const auto& brief : f.read([&](db::Tx& tx) { return events::in_range(tx, range, limit); }))
      out.push_back(brief.id);
    return out;
  };
  REQUIRE(in_range({start.plus_s(1), start.plus_s(3), EventId()}, 10) ==
          std::vector{made[1], made[2], made[3]});
  REQUIRE(in_range({start.plus_s(1), start.plus_s(3), made[1]}, 1) == std::vector{made[2]});
  REQUIRE(in_range({TimeMs{0}, TimeMs{INT64_MAX}, EventId()}, 10).size() == 5);
}

TEST_CASE("a claimed delivery is nobody else's until its lease ends; then the old claim is void") {
  Fixture f;
  f.subscribe(1, {"*"});
  f.append("order.paid");
  const auto first = f.claim(1);
  REQUIRE(first.size() == 1);
  REQUIRE(first[0].type == "order.paid");
  REQUIRE(first[0].data == "{\"a\":1}");
  REQUIRE(f.claim(1).empty());

  f.clock.advance_ms(91'000);
  const auto second = f.claim(1);
  REQUIRE(second.size() == 1);
  const auto record = [&](const ClaimedDelivery& claim, DeliveryStatus status) {
    AttemptResult result;
    result.id = claim.id;
    result.token = claim.token;
    result.status = status;
    result.attempts = 1;
    return f.write([&](db::Tx& tx) { return deliveries::record(tx, result); });
  };
  REQUIRE(!record(first[0], DeliveryStatus::dead));
  REQUIRE(f.all()[0].status == DeliveryStatus::pending);
  REQUIRE(record(second[0], DeliveryStatus::delivered));
  REQUIRE(f.all()[0].status == DeliveryStatus::delivered);
  REQUIRE(!record(second[0], DeliveryStatus::dead));
}

TEST_CASE("a sole instance takes over what a dead process had claimed, at once") {
  Fixture f;
  f.subscribe(1, {"*"});
  f.append("order.paid");
  REQUIRE(f.claim(1).size() == 1);
  f.write([](db::Tx& tx) {
    deliveries::release_all(tx);
    return true;
  });
  REQUIRE(f.claim(1).size() == 1);
}

TEST_CASE("a replay makes any delivery due with its attempts anew, and voids a claim under way") {
  Fixture f;
  f.subscribe(1, {"*"});
  const EventId event = f.append("order.paid");
  const auto claim = f.claim(1);
  AttemptResult dead;
  dead.id = claim[0].id;
  dead.token = claim[0].token;
  dead.status = DeliveryStatus::dead;
  dead.attempts = 10;
  f.write([&](db::Tx& tx) { return deliveries::record(tx, dead); });
  REQUIRE(f.write([&](db::Tx& tx) { return deliveries::replay(tx, dead.id, f.clock.now()); }));
  const auto again = f.claim(1);
  REQUIRE(again.size() == 1);
  REQUIRE(again[0].event == event);
  REQUIRE(again[0].attempts == 0);
  f.write([&](db::Tx& tx) {
    deliveries::replay(tx, f.ids, event, WebhookId(1), f.clock.now());
    deliveries::replay(tx, f.ids, event, WebhookId(9), f.clock.now());
    return true;
  });
  REQUIRE(f.claim(1).size() == 1);
  REQUIRE(f.claim(9).size() == 1);
  REQUIRE(f.all().size() == 2);
}

TEST_CASE("what is due is read in order, without what is held, and leaves no trace") {
  Fixture f;
  f.subscribe(1, {"*"});
  f.subscribe(2, {"*"});
  for (int i = 0; i < 4; ++i) {
    f.append("order.paid", i + 1);
    f.clock.advance_ms(10);
  }
  const auto due = [&](std::size_t limit, std::vector<DeliveryId> held = {}) {
    std::ranges::sort(held);
    return f.read(
        [&](db::Tx& tx) { return deliveries::due(tx, WebhookId(1), f.clock.now(), limit, held); });
  };
  const auto all = due(4);
  REQUIRE(all.rows.size() == 4);
  REQUIRE(std::ranges::is_sorted(all.rows, {}, &ClaimedDelivery::event));
  REQUIRE(all.rows[0].data == "{\"a\":1}");
  REQUIRE(all.rows[0].token == 0);
  REQUIRE(!all.more);
  REQUIRE(!all.next);
  REQUIRE(due(4).rows.size() == 4);

  const auto some = due(2, {all.rows[0].id, all.rows[2].id});
  REQUIRE(some.rows.size() == 2);
  REQUIRE(some.rows[0].id == all.rows[1].id);
  REQUIRE(some.rows[1].id == all.rows[3].id);
  REQUIRE(!some.more);
  REQUIRE(due(1, {all.rows[0].id}).more);
  REQUIRE(due(0, {}).more);
  REQUIRE(due(4, {all.rows[0].id, all.rows[1].id, all.rows[2].id, all.rows[3].id}).rows.empty());
}

TEST_CASE("where no more is due, what is due tells when the next will be") {
  Fixture f;
  f.subscribe(1, {"*"});
  f.append("order.paid");
  f.outbox.delay_first_try(5'000);
  f.append("order.paid");
  const auto due = [&](std::size_t limit, const std::vector<DeliveryId>& held) {
    return f.read(
        [&](db::Tx& tx) { return deliveries::due(tx, WebhookId(1), f.clock.now(), limit, held); });
  };
  const auto first = due(8, {});
  REQUIRE(first.rows.size() == 1);
  REQUIRE(first.next == f.clock.now().plus_ms(5'000));
  const auto again = due(8, {first.rows[0].id});
  REQUIRE(again.rows.empty());
  REQUIRE(again.next == first.next);
}
