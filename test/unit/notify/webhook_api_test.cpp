#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/time.hpp"
#include "notify/signing.hpp"
#include "notify_fixture.hpp"

using namespace tollgate;
using namespace tollgate::notify;
using net::Method;
using outbox::DeliveryStatus;

namespace {

const std::string good = R"({"url":"https://shop.example/h","events":["order.paid"]})";

/// The complaints of a 422 by their pointers.
bool complains(const net::Response& response, const std::string& pointer) {
  INFO(response.body);
  return response.status == 422 &&
         response.body.find(R"("pointer":")" + pointer + "\"") != std::string::npos;
}

Policy strict() {
  auto policy = Fixture::quick();
  policy.allow_private_networks = false;
  return policy;
}

}  // namespace

TEST_CASE("a webhook is created with its secret, and shown without it afterwards") {
  Fixture f;
  const auto made =
      f.call(Method::post, "/v1/webhooks",
             R"({"url":"https://shop.example/h","events":["*"],"description":"Shop"})");
  REQUIRE(made.status == 201);
  REQUIRE(base64_decode(member(made.body, "secret").substr(6))->size() == 24);
  const std::string id = member(made.body, "id");
  const auto shown = f.call(Method::get, "/v1/webhooks/" + id);
  REQUIRE(shown.status == 200);
  REQUIRE(shown.body.find("secret") == std::string::npos);
  REQUIRE(member(shown.body, "url") == "https://shop.example/h");
  REQUIRE(member(shown.body, "description") == "Shop");
  REQUIRE(shown.body.find(R"("events":["*"],)") != std::string::npos);
  REQUIRE(shown.body.find(R"("enabled":true,"disabled_reason":null)") != std::string::npos);
  const auto listed = f.call(Method::get, "/v1/webhooks");
  REQUIRE(listed.body == R"({"data":[)" + shown.body + R"(],"has_more":false})");
}

TEST_CASE("P12: what is wrong with a webhook is named by its field, all at once") {
  Fixture f(strict());
  const auto post = [&](const std::string& body) {
    return f.call(Method::post, "/v1/webhooks", body);
  };
  REQUIRE(complains(post(R"({"events":["*"]})"), "/url"));
  REQUIRE(complains(post(R"({"url":"ftp://x.example","events":["*"]})"), "/url"));
  REQUIRE(complains(post(R"({"url":"http://127.0.0.1/","events":["*"]})"), "/url"));
  REQUIRE(complains(post(R"({"url":"http://localhost/","events":["*"]})"), "/url"));
  REQUIRE(complains(post(R"({"url":"https://shop.example/h"})"), "/events"));
  REQUIRE(complains(post(R"({"url":"https://shop.example/h","events":[]})"), "/events"));
  REQUIRE(
      complains(post(R"({"url":"https://shop.example/h","events":["order.paid","order.eaten"]})"),
                "/events/1"));
  REQUIRE(
      complains(post(R"({"url":"https://shop.example/h","events":["order.paid","order.paid"]})"),
                "/events/1"));
  REQUIRE(complains(post(R"({"url":"https://shop.example/h","events":["order.paid","*"]})"),
                    "/events/1"));
  REQUIRE(complains(post(R"({"url":"https://shop.example/h","events":["*"],"secret":"x"})"),
                    "/secret"));
  REQUIRE(complains(post(R"({"url":"https://shop.example/h","events":["*"],"description":")" +
                         std::string(256, 'x') + "\"}"),
                    "/description"));
  const auto both = post(R"({"url":"x","events":["y"]})");
  REQUIRE(complains(both, "/url"));
  REQUIRE(complains(both, "/events/0"));
  REQUIRE(post("{").status == 400);
  REQUIRE(f.call(Method::get, "/v1/webhooks").body.find(R"("data":[])") != std::string::npos);
}

TEST_CASE("webhooks, events and deliveries are for admins; what is not there is 404") {
  Fixture f;
  for (const char* path : {"/v1/webhooks", "/v1/events", "/v1/deliveries"}) {
    REQUIRE(f.call(Method::get, path, "", "", "shop-key").status == 403);
    REQUIRE(f.call(Method::get, path, "", "", "nobody").status == 401);
    REQUIRE(f.call(Method::get, path).status == 200);
  }
  for (const char* id : {"1", "abc", "99999999999999999999"}) {
    const std::string name(id);
    REQUIRE(f.call(Method::get, "/v1/webhooks/" + name).status == 404);
    REQUIRE(f.call(Method::del, "/v1/webhooks/" + name).status == 404);
    REQUIRE(f.call(Method::patch, "/v1/webhooks/" + name, R"({"enabled":true})").status == 404);
    REQUIRE(f.call(Method::post, "/v1/webhooks/" + name + "/rotate-secret").status == 404);
    REQUIRE(f.call(Method::get, "/v1/events/" + name).status == 404);
    REQUIRE(f.call(Method::post, "/v1/deliveries/" + name + "/replay").status == 404);
  }
}

TEST_CASE("a webhook is changed in what is told and deleted for good") {
  Fixture f;
  const std::string path =
      "/v1/webhooks/" + member(f.call(Method::post, "/v1/webhooks", good).body, "id");
  const auto changed =
      f.call(Method::patch, path,
             R"({"url":"https://new.example/","events":["order.created"],"description":"d"})");
  REQUIRE(changed.status == 200);
  REQUIRE(member(changed.body, "url") == "https://new.example/");
  f.append("order.paid");
  REQUIRE(f.deliveries().empty());
  f.append("order.created");
  REQUIRE(f.deliveries().size() == 1);

  REQUIRE(complains(f.call(Method::patch, path, R"({"enabled":1})"), "/enabled"));
  REQUIRE(complains(f.call(Method::patch, path, R"({"id":"1"})"), "/id"));
  const auto cleared = f.call(Method::patch, path, R"({"description":null})");
  REQUIRE(cleared.body.find(R"("description":null)") != std::string::npos);

  const auto off = f.call(Method::patch, path, R"({"enabled":false})");
  REQUIRE(member(off.body, "disabled_reason") == "operator");
  f.append("order.created");
  REQUIRE(f.deliveries().size() == 1);

  REQUIRE(f.call(Method::del, path).status == 204);
  REQUIRE(f.call(Method::get, path).status == 404);
  REQUIRE(f.call(Method::del, path).status == 404);
  const auto dead = f.deliveries()[0];
  REQUIRE(dead.status == DeliveryStatus::dead);
  REQUIRE(dead.last_error == "the webhook was deleted");
  REQUIRE(f.call(Method::post, "/v1/deliveries/" + dead.id.str() + "/replay").status == 404);
}

TEST_CASE("a rotated secret signs beside the old one") {
  Fixture f;
  Receiver receiver;
  const std::string made = f.subscribe(receiver.url());
  const auto rotated =
      f.call(Method::post, "/v1/webhooks/" + member(made, "id") + "/rotate-secret");
  REQUIRE(rotated.status == 200);
  REQUIRE(member(rotated.body, "secret") != member(made, "secret"));
  f.start();
  f.append();
  REQUIRE(f.saw(receiver, 1));
  const auto seen = receiver.requests()[0];
  const auto with = [&](const std::string& body) {
    const SigningKey key(*base64_decode(member(body, "secret").substr(6)));
    return sign(header(seen, "webhook-id"), std::stoll(header(seen, "webhook-timestamp")),
                seen.body, key);
  };
  REQUIRE(header(seen, "webhook-signature") == with(rotated.body) + " " + with(made));
}

TEST_CASE("P6, P9: an Idempotency-Key answers the same secret again, and no row holds it") {
  Fixture f;
  const auto first = f.call(Method::post, "/v1/webhooks", good, "key-1");
  const auto again = f.call(Method::post, "/v1/webhooks", good, "key-1");
  REQUIRE(first.status == 201);
  REQUIRE(again.status == 201);
  REQUIRE(again.body == first.body);
  REQUIRE(again.headers.find("Idempotency-Replayed"));
  REQUIRE(f.call(Method::post, "/v1/webhooks", R"({"url":"x","events":[]})", "key-1").status ==
          422);
  const std::string path = "/v1/webhooks/" + member(first.body, "id") + "/rotate-secret";
  const auto rotated = f.call(Method::post, path, "", "key-2");
  const auto rotated_again = f.call(Method::post, path, "", "key-2");
  REQUIRE(rotated.body == rotated_again.body);
  REQUIRE(member(rotated.body, "secret") != member(first.body, "secret"));

  f.database->stop();
  for (const char* name : {"t.db", "t.db-wal"}) {
    std::ifstream file(f.dir.file(name), std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    for (const auto& body : {first.body, rotated.body}) {
      const std::string text = member(body, "secret").substr(6);
      REQUIRE(bytes.str().find(text) == std::string::npos);
      REQUIRE(bytes.str().find(*base64_decode(text)) == std::string::npos);
    }
  }
}

TEST_CASE("events and deliveries are listed with filters and pages") {
  Fixture f;
  const std::string id = member(f.call(Method::post, "/v1/webhooks", good).body, "id");
  const EventId paid = f.append("order.paid", 5);
  f.append("order.created", 6);
  const auto events = [&](const std::string& query) {
    return f.call(Method::get, "/v1/events?" + query);
  };
  const auto one = f.call(Method::get, "/v1/events/" + paid.str()).body;
  REQUIRE(one.find(R"("data":{"amount":9900})") != std::string::npos);
  REQUIRE(member(one, "order_id") == "5");
  REQUIRE(events("type=order.paid").body == R"({"data":[)" + one + R"(],"has_more":false})");
  REQUIRE(events("order_id=5").body == events("type=order.paid").body);
  REQUIRE(events("limit=1").body.find(R"("has_more":true)") != std::string::npos);
  REQUIRE(complains(events("order_id=x"), "/order_id"));
  REQUIRE(complains(events("limit=0"), "/limit"));

  const auto found = f.call(Method::get, "/v1/deliveries?status=pending&webhook_id=" + id).body;
  REQUIRE(member(found, "event_id") == paid.str());
  REQUIRE(member(found, "webhook_id") == id);
  REQUIRE(found.find(R"("attempts":0)") != std::string::npos);
  REQUIRE(found.find(R"("last_status":null,"last_error":null)") != std::string::npos);
  REQUIRE(found.find(R"("delivered_at":null)") != std::string::npos);
  REQUIRE(from_rfc3339(member(found, "next_attempt_at")));
  REQUIRE(f.call(Method::get, "/v1/deliveries?status=dead").body ==
          R"({"data":[],"has_more":false})");
  REQUIRE(f.call(Method::get, "/v1/deliveries?webhook_id=1").body ==
          R"({"data":[],"has_more":false})");
  REQUIRE(complains(f.call(Method::get, "/v1/deliveries?status=lost"), "/status"));
}

TEST_CASE("P4: a replay sends the same event under the same id again") {
  Fixture f;
  Receiver receiver;
  f.subscribe(receiver.url());
  f.start();
  f.append();
  REQUIRE(f.all_are(DeliveryStatus::delivered, 1));
  const std::string path = "/v1/deliveries/" + f.deliveries()[0].id.str() + "/replay";
  const auto replayed = f.call(Method::post, path);
  REQUIRE(replayed.status == 202);
  REQUIRE(member(replayed.body, "status") == "pending");
  REQUIRE(f.saw(receiver, 2));
  REQUIRE(f.all_are(DeliveryStatus::delivered, 1));
  const auto seen = receiver.requests();
  REQUIRE(seen[0].body == seen[1].body);
  REQUIRE(header(seen[0], "webhook-id") == header(seen[1], "webhook-id"));
  REQUIRE(f.deliveries()[0].attempts == 1);
}

TEST_CASE("P4: a webhook's replay covers a stretch of time, also what it missed while disabled") {
  Fixture f;
  Receiver receiver;
  const std::string path =
      "/v1/webhooks/" + member(f.subscribe(receiver.url(), R"(["order.paid"])"), "id");
  f.append("order.paid");
  f.append("order.created");
  REQUIRE(f.call(Method::patch, path, R"({"enabled":false})").status == 200);
  f.append("order.paid");
  REQUIRE(f.deliveries().size() == 1);
  REQUIRE(f.call(Method::patch, path, R"({"enabled":true})").status == 200);
  const std::string since = to_rfc3339(f.clock.now().plus_s(-60));
  const auto replayed = f.call(Method::post, path + "/replay", R"({"since":")" + since + "\"}");
  REQUIRE(replayed.status == 202);
  REQUIRE(replayed.body == R"({"replayed":2})");
  REQUIRE(f.deliveries().size() == 2);
  f.start();
  REQUIRE(f.all_are(DeliveryStatus::delivered, 2));

  const auto before = f.call(Method::post, path + "/replay",
                             R"({"since":"2026-01-01T00:00:00Z","until":"2026-01-02T00:00:00Z"})");
  REQUIRE(before.body == R"({"replayed":0})");
  REQUIRE(complains(f.call(Method::post, path + "/replay", "{}"), "/since"));
  REQUIRE(complains(f.call(Method::post, path + "/replay", R"({"since":"today"})"), "/since"));
  REQUIRE(complains(f.call(Method::post, path + "/replay",
                           R"({"since":"2026-01-02T00:00:00Z","until":"2026-01-01T00:00:00Z"})"),
                    "/until"));
}

TEST_CASE("P4: a replay without an end takes events that a clock which ran ahead has stamped") {
  Fixture f;
  Receiver receiver;
  const std::string path = "/v1/webhooks/" + member(f.subscribe(receiver.url()), "id");
  REQUIRE(f.call(Method::patch, path, R"({"enabled":false})").status == 200);
  const std::string since = to_rfc3339(f.clock.now().plus_s(-60));
  const ManualClock ahead(f.clock.now().plus_s(3'000));
  outbox::Outbox outbox(f.ids, ahead);
  f.write([&](db::Tx& tx) {
    return outbox.append(tx, outbox::Event("order.paid", OrderId(7), R"({"amount":9900})"));
  });
  const auto replayed = f.call(Method::post, path + "/replay", R"({"since":")" + since + "\"}");
  INFO(replayed.body);
  REQUIRE(replayed.body == R"({"replayed":2})");  // and that it was disabled
}
