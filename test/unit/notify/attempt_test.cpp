#include "notify/attempt.hpp"

#include <catch2/catch.hpp>

#include "base/crypto.hpp"
#include "base/time.hpp"

using namespace tollgate;
using namespace tollgate::notify;

namespace {

KeyMaker keys() {
  return KeyMaker(Secret<std::string>(std::string(32, 'k')));
}

Webhook webhook() {
  Webhook w;
  w.id = WebhookId(11);
  w.url = "https://shop.example/hook";
  w.events = {"*"};
  return w;
}

outbox::ClaimedDelivery delivery(int attempts = 0) {
  outbox::ClaimedDelivery d;
  d.id = DeliveryId(5);
  d.token = 1;
  d.attempts = attempts;
  d.event = EventId(77);
  d.type = "order.paid";
  d.event_created = TimeMs{1'767'225'600'123};
  d.data = R"({"id":"1","amount":9900})";
  return d;
}

net::ClientResponse answer(int status, std::string body = {}) {
  net::ClientResponse response;
  response.transport = net::Transport::ok;
  response.status = status;
  response.body = std::move(body);
  return response;
}

std::string header(const net::ClientRequest& request, std::string_view name) {
  return std::string(request.headers.find(name).value_or(""));
}

const TimeMs now{1'767'225'700'000};

}  // namespace

TEST_CASE("a signature is that of Standard Webhooks 1.0: the published vector") {
  const auto key = base64_decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  REQUIRE(key);
  REQUIRE(sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})",
               SigningKey(*key)) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_CASE("every webhook and generation has its own key of 24 bytes, the same each time") {
  const auto made = keys().make(WebhookId(1), 1).reveal();
  REQUIRE(made.size() == 24);
  REQUIRE(made == keys().make(WebhookId(1), 1).reveal());
  REQUIRE(made != keys().make(WebhookId(1), 2).reveal());
  REQUIRE(made != keys().make(WebhookId(2), 1).reveal());
  REQUIRE(keys().make(WebhookId(1), 11).reveal() != keys().make(WebhookId(11), 1).reveal());
  const std::string text = secret_text(keys().make(WebhookId(1), 1));
  REQUIRE(text.substr(0, 6) == "whsec_");
  REQUIRE(base64_decode(text.substr(6)) == made);
}

TEST_CASE("a request is a signed POST whose id and body are the same on every try") {
  const auto target = make_target(webhook(), keys());
  const Policy policy;
  const auto first = make_request(target, delivery(0), policy, now);
  const auto later = make_request(target, delivery(3), policy, now.plus_s(300));
  REQUIRE(first.method == net::Method::post);
  REQUIRE(first.url == "https://shop.example/hook");
  REQUIRE(first.body == R"({"type":"order.paid","timestamp":"2026-01-01T00:00:00.123Z",)"
                        R"("data":{"id":"1","amount":9900}})");
  REQUIRE(first.body == later.body);
  REQUIRE(header(first, "webhook-id") == "77");
  REQUIRE(header(later, "webhook-id") == "77");
  REQUIRE(header(first, "webhook-timestamp") == "1767225700");
  REQUIRE(header(later, "webhook-timestamp") == "1767226000");
  REQUIRE(header(first, "content-type") == "application/json");
  REQUIRE(header(first, "webhook-signature") == sign("77", 1767225700, first.body, target.key));
  REQUIRE(first.timeout_ms == 15'000);
  REQUIRE(!first.allow_address(boost::asio::ip::make_address("127.0.0.1")));
}

TEST_CASE("after a rotation the old key signs beside the new one for 24 h, then no more") {
  auto rotated = webhook();
  rotated.generation = 2;
  rotated.rotated = now;
  const auto target = make_target(rotated, keys());
  const auto old_key = keys().make(rotated.id, 1);
  const auto new_key = keys().make(rotated.id, 2);
  const auto signature = [&](TimeMs at) {
    return header(make_request(target, delivery(), Policy(), at), "webhook-signature");
  };
  const std::string body = make_body(delivery());
  const TimeMs last = now.plus_ms(24 * 3'600'000 - 1);
  REQUIRE(signature(last) == sign("77", last.ms / 1000, body, new_key) + " " +
                                 sign("77", last.ms / 1000, body, old_key));
  const TimeMs after = now.plus_ms(24 * 3'600'000);
  REQUIRE(signature(after) == sign("77", after.ms / 1000, body, new_key));
}

TEST_CASE("2xx is the acknowledgement; everything else is told apart") {
  using Kind = Verdict::Kind;
  for (const int status : {200, 201, 202, 204, 299})
    REQUIRE(judge(answer(status), now).kind == Kind::delivered);
  for (const int status : {301, 302, 307, 400, 404, 429, 500, 503})
    REQUIRE(judge(answer(status), now).kind == Kind::http_error);
  REQUIRE(judge(answer(410), now).kind == Kind::gone);

  net::ClientResponse lost;
  lost.transport = net::Transport::maybe_sent;
  lost.error = "timeout";
  REQUIRE(judge(lost, now).kind == Kind::transport_error);
  REQUIRE(judge(lost, now).error == "timeout");
  REQUIRE(!judge(lost, now).status);
  lost.address_refused = true;
  REQUIRE(judge(lost, now).kind == Kind::address_refused);
}

TEST_CASE(
    "an error keeps 200 characters of the answer, in valid UTF-8 and without control characters") {
  const auto verdict = judge(answer(500, "a\xFF\n" + std::string(5'000, 'x')), now);
  REQUIRE(verdict.error == "HTTP 500: a\xEF\xBF\xBD " + std::string(197, 'x'));
  REQUIRE(verdict.status == 500);
  std::string wide;
  for (int i = 0; i < 300; ++i) wide += "\xE2\x82\xAC";
  REQUIRE(judge(answer(500, wide), now).error == "HTTP 500: " + wide.substr(0, 600));
}

TEST_CASE(
    "P4: failed tries follow the gaps with 20 % of jitter; the last makes the delivery dead") {
  SeededRandom random(7);
  const Policy policy;
  Verdict failed;
  failed.kind = Verdict::Kind::http_error;
  for (int attempts = 0; attempts < 9; ++attempts) {
    const auto result = conclude(delivery(attempts), failed, policy, now, random);
    REQUIRE(result.status == outbox::DeliveryStatus::pending);
    REQUIRE(result.attempts == attempts + 1);
    const std::int64_t gap = policy.gaps_ms[static_cast<std::size_t>(attempts) + 1];
    const std::int64_t waits = result.next_attempt.ms - now.ms;
    REQUIRE(waits >= gap * 80 / 100);
    REQUIRE(waits <= gap * 120 / 100);
  }
  REQUIRE(conclude(delivery(9), failed, policy, now, random).status ==
          outbox::DeliveryStatus::dead);
  Verdict good;
  good.kind = Verdict::Kind::delivered;
  const auto done = conclude(delivery(9), good, policy, now, random);
  REQUIRE(done.status == outbox::DeliveryStatus::delivered);
  REQUIRE(done.delivered == now);
  REQUIRE(!done.last_error);
}

TEST_CASE("Retry-After of 429 and 503 is honoured between the gap and twice the gap") {
  SeededRandom random(7);
  Policy policy;
  policy.gaps_ms = {0, 100'000};
  const auto waits_ms = [&](int status, std::string value) {
    auto response = answer(status);
    response.headers.add("Retry-After", std::move(value));
    const auto verdict = judge(response, now);
    return conclude(delivery(0), verdict, policy, now, random).next_attempt.ms - now.ms;
  };
  REQUIRE(waits_ms(429, "130") == 130'000);
  REQUIRE(waits_ms(503, to_http_date(now.plus_s(140))) == 140'000);
  REQUIRE(waits_ms(429, "1") >= 80'000);
  REQUIRE(waits_ms(429, "1") <= 120'000);
  REQUIRE(waits_ms(429, "999999999999") <= 240'000);
  REQUIRE(waits_ms(429, "999999999999") >= 160'000);
  REQUIRE(waits_ms(500, "150") <= 120'000);
  for (const char* garbage : {"", "soon", "-1", "1.5", "Sun, 06 Xyz 1994 08:49:37 GMT"})
    REQUIRE(!parse_retry_after(garbage, now));
}
