// Starts with an Idempotency-Key, through the gate: the key is claimed with the intent, the answer
// kept with the outcome.
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <future>

#include "api/gate.hpp"
#include "base/crypto.hpp"
#include "desk.hpp"
#include "payment/routes.hpp"

using namespace tollgate;
using namespace tollgate::payment;
using namespace tollgate::test;

namespace {

const std::string by_qr = R"({"method":"qr"})";
const db::Sql count_running{"SELECT COUNT(*) FROM idempotency_keys WHERE status = 0"};

/// Calls back where an operation is about to be sent: the intent is durable, the outcome not known.
class DuringCall final : public channel::OperationHandler {
 public:
  explicit DuringCall(std::function<void(OperationKind)>& hook) : hook_(hook) {}
  std::optional<Outcome> before(const channel::OperationView& view, channel::Account&) override {
    if (hook_) std::exchange(hook_, nullptr)(view.kind);
    return std::nullopt;
  }

 private:
  std::function<void(OperationKind)>& hook_;
};

struct Till : Desk {
  api::Idempotency idempotency{clock};
  api::KeyRing keys;
  Inbox inbox{
      {database, house.driver, accounts, house.ids, clock, house.metrics, settler, refunds}};
  api::Gate gate{database, idempotency, keys, clock, house.metrics};
  std::function<void(OperationKind)> during_call;  ///< Once.

  Till() {
    keys.replace({{"shop", api::Role::merchant, hex_lower(sha256("secret"))}});
    gate.add(routes(attempts, inbox, idempotency));
    house.driver.add_handler(std::make_unique<DuringCall>(during_call));
  }
  static net::Request request(const std::string& key, const std::string& body) {
    net::Request request;
    request.method = net::Method::post;
    request.target = request.path = "/v1/orders/" + the_order.str() + "/payments";
    request.headers.add("Authorization", "Bearer secret");
    request.headers.add("Content-Type", "application/json");
    request.headers.add("Idempotency-Key", key);
    request.body = body;
    return request;
  }
  net::Response ask(const std::string& key = "k", const std::string& body = by_qr) {
    net::Request asked = request(key, body);
    boost::asio::io_context io;
    auto answer = boost::asio::co_spawn(io, gate.handle(asked), boost::asio::use_future);
    io.run();
    return answer.get();
  }
  std::vector<Payment> payments() {
    return house.database->read_blocking([](db::Tx& tx) { return store::of_order(tx, the_order); });
  }
  std::int64_t running_keys() {
    return *house.database->read_blocking(
        [](db::Tx& tx) { return tx.value<std::int64_t>(count_running); });
  }
  /// What a start of the server does.
  void begin_life() {
    house.database->write_blocking([](db::Tx& tx) {
      api::Idempotency::free_claims(tx);
      store::free_taken(tx);
      return true;
    });
  }
  void closes_at_channel() {
    says[OperationKind::close] = Outcome(Verdict::succeeded);
    says[OperationKind::query] = Outcome(Verdict::failed, Reason::closed);
  }
};

bool is_replay(const net::Response& response) {
  return response.headers.find("Idempotency-Replayed").has_value();
}
bool says(const net::Response& response, const std::string& code) {
  return response.body.find("\"code\":\"" + code + "\"") != std::string::npos;
}
bool is_in_progress(const net::Response& response) {
  return response.status == 409 && says(response, "idempotency_in_progress") &&
         response.headers.find("Retry-After") == "1";
}

}  // namespace

TEST_CASE("a payment under a key is written twice, and its replay is only read (P6)") {
  Till t;
  const auto first = t.ask();
  CHECK(first.status == 201);
  CHECK(t.database.writes == 2);
  const auto second = t.ask();
  CHECK(second.status == 201);
  CHECK(is_replay(second));
  CHECK(second.body == first.body);
  CHECK(t.database.writes == 2);
  CHECK(t.payments().size() == 1);
  CHECK(t.running_keys() == 0);
}

TEST_CASE("a code is drawn before the unit of work that keeps the answer") {
  Till t;
  CHECK(t.ask().status == 201);
  REQUIRE_FALSE(t.drawn_by.empty());
  CHECK(t.drawn_by.front() == std::this_thread::get_id());
}

TEST_CASE("while a slow channel is asked, the key is taken; then it answers (P6)") {
  Till t;
  std::optional<net::Response> same, other;
  std::size_t open = 0;
  t.during_call = [&](OperationKind) {
    open = t.payments().size();
    same = t.ask();
    other = t.ask("k", R"({"method":"link"})");
  };
  const auto first = t.ask();
  CHECK(first.status == 201);
  CHECK(open == 1);
  CHECK(is_in_progress(same.value()));
  CHECK(other->status == 422);
  CHECK(says(*other, "idempotency_key_reused"));
  CHECK(t.database.writes == 2);
  CHECK(t.ask().body == first.body);
  CHECK(t.payments().size() == 1);
}

TEST_CASE("who looked while the key was free, and claims it too late, gets the replay (P6)") {
  Till t;
  std::optional<net::Response> quicker;
  bool overtaken = false;
  const auto scripted = toy().next;
  toy().next = [&](int n, const sdk::Response* response) {
    if (!std::exchange(overtaken, true)) quicker = t.ask();
    return scripted(n, response);
  };
  const auto slower = t.ask();
  REQUIRE(quicker.has_value());
  CHECK(quicker->status == 201);
  CHECK_FALSE(is_replay(*quicker));
  CHECK(is_replay(slower));
  CHECK(slower.body == quicker->body);
  CHECK(t.payments().size() == 1);
}

TEST_CASE("of two intents in one group that claim one key, one is begun (P6)") {
  Till t;
  std::promise<void> go;
  std::thread blocker([&] {
    t.house.database->write_blocking([&](db::Tx&) { return go.get_future().wait(), true; });
  });
  net::Request one = Till::request("k", by_qr), two = one;
  boost::asio::io_context io;
  auto first = boost::asio::co_spawn(io, t.gate.handle(one), boost::asio::use_future);
  auto second = boost::asio::co_spawn(io, t.gate.handle(two), boost::asio::use_future);
  std::thread runner([&] { io.run(); });
  while (t.database.waiting() < 2) std::this_thread::yield();
  go.set_value();
  blocker.join();
  runner.join();
  net::Response answers[] = {first.get(), second.get()};
  if (answers[0].status != 201) std::swap(answers[0], answers[1]);
  CHECK(answers[0].status == 201);
  CHECK(is_in_progress(answers[1]));
  CHECK(t.payments().size() == 1);
  CHECK(is_replay(t.ask()));
}

TEST_CASE("a key of another body is refused before anything is begun (P6)") {
  Till t;
  CHECK(t.ask().status == 201);
  for (const char* body : {R"({"method":"link"})", R"({"broken":1})", "{"}) {
    const auto refused = t.ask("k", body);
    CHECK(refused.status == 422);
    CHECK(says(refused, "idempotency_key_reused"));
  }
  CHECK(t.payments().size() == 1);
}

TEST_CASE("what an order refuses is kept for its key (P6)") {
  Till t;
  SECTION("as it is looked at") {
    t.orders.status = "cancelled";
  }
  SECTION("as the intent is written, which undoes the claim with it") {
    const auto scripted = toy().next;
    toy().next = [&t, scripted](int n, const sdk::Response* response) {
      t.orders.status = "cancelled";
      return scripted(n, response);
    };
  }
  const auto first = t.ask();
  CHECK(first.status == 409);
  CHECK(says(first, "order_closed"));
  t.orders.status = "unpaid";
  const auto second = t.ask();
  CHECK(is_replay(second));
  CHECK(second.body == first.body);
  CHECK(t.payments().empty());
  CHECK(t.running_keys() == 0);
}

TEST_CASE("an answer that is final is kept with the outcome, another frees the key (P6)") {
  Till t;
  bool kept = false;
  SECTION("refused") {
    t.says[OperationKind::pay] = Outcome(Verdict::failed);
  }
  SECTION("no usable answer") {
    t.says[OperationKind::pay] = Outcome();
  }
  SECTION("busy") {
    t.says[OperationKind::pay] = Outcome(Verdict::retry);
  }
  SECTION("closed by another meanwhile") {
    kept = true;
    t.closes_at_channel();
    t.during_call = [&](OperationKind) {
      t.clock.advance_ms(60'000);  // the taking has ended
      [[maybe_unused]] const auto closed =
          t.house.await(t.attempts.close(t.payments().at(0).pay_no, true));
    };
  }
  const auto first = t.ask();
  CHECK(first.status >= 400);
  CHECK(t.running_keys() == 0);
  t.says[OperationKind::pay] = Desk::material();
  t.closes_at_channel();
  const auto again = t.ask();
  CHECK(is_replay(again) == kept);
  CHECK(again.status == (kept ? first.status : 201));
}

TEST_CASE("a key is claimed before the attempt that stands in its way is closed (P6)") {
  Till t;
  CHECK(t.ask("before").status == 201);
  t.closes_at_channel();
  std::optional<net::Response> same;
  t.during_call = [&](OperationKind kind) {
    if (kind == OperationKind::close) same = t.ask();
  };
  const auto first = t.ask();
  CHECK(first.status == 201);
  CHECK(is_in_progress(same.value()));
  CHECK(t.ask().body == first.body);
  CHECK(t.payments().size() == 2);
}

TEST_CASE("a close that the channel does not answer gives the key back (P6)") {
  Till t;
  CHECK(t.ask("before").status == 201);
  CHECK(t.ask().status == 502);
  CHECK(t.running_keys() == 0);
  t.closes_at_channel();
  const auto again = t.ask();
  CHECK(again.status == 201);
  CHECK_FALSE(is_replay(again));
}

TEST_CASE("a process that dies between intent and outcome leaves a claim, one attempt (P6, P11)") {
  Till t;
  t.database.writes_until_lost = 1;
  CHECK(t.ask().status == 503);
  t.database.writes_until_lost = INT_MAX;
  CHECK(t.payments().size() == 1);
  CHECK(t.running_keys() == 1);
  SECTION("another process may still be at it") {
    CHECK(is_in_progress(t.ask()));
    t.clock.advance_ms(api::Idempotency::least_lease_ms + 1);
  }
  SECTION("the next life of this one frees it") {
    t.begin_life();
  }
  t.closes_at_channel();
  const auto again = t.ask();
  CHECK(again.status == 201);
  CHECK_FALSE(is_replay(again));
  CHECK(t.ask().body == again.body);
  const auto payments = t.payments();
  REQUIRE(payments.size() == 2);
  CHECK(payments[0].status == Status::closed);
  CHECK(payments[1].status == Status::pending);
}
