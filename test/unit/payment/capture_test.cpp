// An attempt that the buyer approved is captured by whoever asks, while its order takes money.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "fakes.hpp"
#include "net/http_client.hpp"
#include "payment/attempts.hpp"
#include "payment/store.hpp"
#include "support/store.hpp"
#include "support/temp_dir.hpp"
#include "unit/channel/toy_plugin.hpp"

using namespace tollgate;
using namespace tollgate::payment;
using sdk::OperationKind;
using sdk::Reason;
using sdk::Verdict;

namespace {

class OneOrder final : public OrdersOfPayment {
 public:
  std::string status = "unpaid";
  TimeMs expires_at, closing_until;
  int paid = 0;
  std::optional<PayableOrder> find(db::Tx&, OrderId id) override {
    return PayableOrder{
        id, status, status == "unpaid", status == "paid", Money(9900, *Currency::parse("CNY")),
        "", "",     expires_at,         closing_until};
  }
  bool mark_paid(db::Tx&, OrderId, TimeMs) override {
    if (status != "unpaid") return false;
    status = "paid";
    ++paid;
    return true;
  }
  bool mark_failed(db::Tx&, OrderId) override { return false; }
  bool take_late(db::Tx&, OrderId, TimeMs) override { return false; }
};

/// The toy's operations end at once: nothing is sent.
class NoNetwork final : public net::HttpClient {
 public:
  net::Awaitable<net::ClientResponse> send(net::ClientRequest) override {
    co_return net::ClientResponse();
  }
};

const db::Sql select_events{"SELECT type FROM events ORDER BY id"};
const db::Sql select_job{"SELECT due_at FROM jobs WHERE kind = :kind AND subject = :subject"};

/// A channel where the buyer has approved; each test says how the capture is answered.
struct Fixture {
  test::TempDir dir;
  ManualClock clock;
  Metrics metrics;
  SeededRandom random{1};
  Snowflake ids{clock, 0};
  std::unique_ptr<db::Database> database = open();
  outbox::Outbox outbox{ids, clock};
  outbox::Jobs jobs{*database, ids, clock, metrics};
  NoNetwork client;
  channel::AccountBook accounts;
  channel::Driver driver{{}, client, *database, ids, clock, metrics};
  OneOrder orders;
  test::HeardRefunds refunds;
  Settler settler{{outbox, jobs, orders, refunds, clock, metrics,
                   [](std::string_view) { return std::string(); }, LatePolicy::hold}};
  Attempts attempts{
      {"https://pay.example.com", {5}},
      {*database, outbox, jobs, driver, accounts, orders, ids, clock, random, settler}};
  std::vector<OperationKind> asked;
  std::function<sdk::Outcome()> on_query = [] {
    return sdk::Outcome(Verdict::pending, Reason::authorised);
  };
  std::function<sdk::Outcome()> on_capture = [this] { return paid(); };
  PayNo pay_no = attempt("qr");

  Fixture() {
    accounts.replace(
        {channel::Account::build({"toy-1", "toy", "http://127.0.0.1:1", R"({"key":"k"})"},
                                 test::toy_plugin(), random, clock)
             .value()});
    orders.expires_at = clock.now().plus_s(1800);
    test::toy() = test::Toy();
    test::toy().next = [this](int, const sdk::Response*) -> sdk::Step {
      asked.push_back(test::toy().inputs.back().kind);
      return asked.back() == OperationKind::capture ? on_capture() : on_query();
    };
  }
  std::unique_ptr<db::Database> open() { return test::open_store(dir); }
  template <class F>
  auto write(F f) {
    return database->write_blocking(f);
  }
  PayNo attempt(const std::string& method) {
    Payment p;
    p.pay_no = ids.next_id<PayNo>();
    p.order_id = OrderId(1);
    p.account_id = "toy-1";
    p.channel = "toy";
    p.method = method;
    p.amount = 9900;
    p.currency = "CNY";
    p.created_at = clock.now();
    write([&](db::Tx& tx) {
      store::insert(tx, p);
      store::set_action(tx, p, {sdk::ActionType::redirect, "https://first", {}}, "state-1");
      return true;
    });
    return p.pay_no;
  }
  sdk::Outcome paid() const {
    sdk::Outcome outcome(Verdict::succeeded);
    outcome.pay_no = pay_no.str();
    outcome.channel_trade_no = "C1";
    outcome.amount = 9900;
    outcome.currency = "CNY";
    outcome.receiver = "toy/1";
    return outcome;
  }
  template <class T>
  T await(boost::asio::awaitable<T> work) {
    boost::asio::io_context context;
    std::optional<T> result;
    boost::asio::co_spawn(context, std::move(work), [&](std::exception_ptr failed, T value) {
      if (failed) std::rethrow_exception(failed);
      result.emplace(std::move(value));
    });
    context.run();
    return std::move(*result);
  }
  void query() { CHECK(await(attempts.query(pay_no)).has_value()); }
  Payment now() {
    return *database->read_blocking([&](db::Tx& tx) { return store::find(tx, pay_no); });
  }
  std::vector<std::string> events() {
    return database->read_blocking([&](db::Tx& tx) {
      std::vector<std::string> types;
      tx.query(select_events, [&](db::Columns& c) { types.push_back(c.next<std::string>()); });
      return types;
    });
  }
  Settled notice(Reason reason) {
    Fact fact;
    fact.verdict = Verdict::pending;
    fact.reason = reason;
    fact.pay_no = pay_no.str();
    return write([&](db::Tx& tx) {
      const auto settled = settler.apply(tx, pay_no, "toy-1", fact, "callback");
      settler.follow_up(tx, pay_no, settled);
      return settled;
    });
  }
  std::optional<TimeMs> due(std::string_view kind) {
    return database->read_blocking([&](db::Tx& tx) {
      return tx.find(
          select_job, [](db::Columns& c) { return c.next<TimeMs>(); }, kind, pay_no);
    });
  }
};

using Kinds = std::vector<OperationKind>;
using Types = std::vector<std::string>;

}  // namespace

TEST_CASE("an approved attempt is captured when the channel is asked, and is paid (P2)") {
  Fixture f;
  f.query();
  CHECK(f.asked == Kinds{OperationKind::query, OperationKind::capture});
  const auto& input = test::toy().inputs.back();
  CHECK(input.expires_ms == f.orders.expires_at.ms);
  CHECK(input.state == "state-1");
  CHECK(input.pay_no == f.pay_no.str());
  CHECK(input.amount == 9900);
  CHECK(f.now().status == Status::paid);
  CHECK(f.now().channel_trade_no == "C1");
  CHECK(f.orders.paid == 1);
  CHECK(f.events() == Types{"payment.paid"});
}

TEST_CASE("nothing is captured for an order that takes no money any more") {
  struct Row {
    const char* name;
    std::function<void(Fixture&)> change;
  };
  const std::vector<Row> rows{
      {"expired", [](Fixture& f) { f.orders.expires_at = f.clock.now(); }},
      {"about to be ended", [](Fixture& f) { f.orders.closing_until = f.clock.now().plus_s(1); }},
      {"cancelled", [](Fixture& f) { f.orders.status = "cancelled"; }},
      {"paid by another attempt", [](Fixture& f) { f.orders.status = "paid"; }},
      {"the attempt is taken",
       [](Fixture& f) {
         f.write([&](db::Tx& tx) {
           return store::take(tx, f.pay_no, f.clock.now(), f.clock.now().plus_s(60));
         });
       }},
      {"the attempt is closed",
       [](Fixture& f) {
         f.write([&](db::Tx& tx) { return f.settler.end(tx, f.pay_no, Status::closed, ""); });
       }},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    Fixture f;
    row.change(f);
    f.query();
    CHECK(f.asked == Kinds{OperationKind::query});
    CHECK(f.orders.paid == 0);
    CHECK(f.now().status != Status::paid);
  }
}

TEST_CASE("closing asks and never captures what was approved meanwhile") {
  Fixture f;
  f.on_query = [&] {
    const bool closing = f.asked.back() == OperationKind::close;
    return closing ? sdk::Outcome(Verdict::succeeded, Reason::closed)
                   : sdk::Outcome(Verdict::pending, Reason::authorised);
  };
  CHECK(f.await(f.attempts.close(f.pay_no, true)).has_value());
  CHECK(f.asked == Kinds{OperationKind::query, OperationKind::close, OperationKind::query});
  CHECK(f.now().status == Status::closed);
}

TEST_CASE("an attempt is not closed by the word about another receiver's trade (P2)") {
  Fixture f;
  f.on_query = [] {
    sdk::Outcome outcome(Verdict::failed, Reason::closed);
    outcome.receiver = "them";
    return outcome;
  };
  CHECK(f.await(f.attempts.close(f.pay_no, true)).error().code == Errc::channel_unavailable);
  CHECK(f.asked == Kinds{OperationKind::query});
  CHECK(f.now().status == Status::pending);
  CHECK(f.now().calling_until.ms == 0);
}

TEST_CASE("a notice that the buyer approved has the attempt captured by a job, once") {
  Fixture f;
  CHECK(f.notice(Reason::authorised) == Settled::approved);
  CHECK(f.now().status == Status::pending);
  CHECK(f.events().empty());
  CHECK(f.asked.empty());
  REQUIRE(f.due(capture_job));
  CHECK(f.due(capture_job)->ms == f.clock.now().ms);
  const outbox::Job job{JobId(1), std::string(capture_job), f.pay_no.value(), 0, {}, {}};
  CHECK_FALSE(f.await(f.attempts.run_capture_job(job)));
  CHECK(f.asked == Kinds{OperationKind::capture});
  CHECK(f.now().status == Status::paid);
  CHECK_FALSE(f.await(f.attempts.run_capture_job(job)));
  CHECK(f.asked == Kinds{OperationKind::capture});
  CHECK(f.events() == Types{"payment.paid"});
  CHECK(f.notice(Reason::authorised) == Settled::nothing);
}

TEST_CASE("a notice that only hints at money has the channel asked, and is believed in nothing") {
  Fixture f;
  CHECK(f.notice(Reason::already_paid) == Settled::hinted);
  CHECK(f.now().status == Status::pending);
  REQUIRE(f.due(query_job));
  CHECK(f.due(query_job)->ms == f.clock.now().ms);
  CHECK_FALSE(f.due(capture_job));
  CHECK(f.notice(Reason::none) == Settled::nothing);
}

TEST_CASE("a hint at money for an attempt that is over has the channel asked too (P5)") {
  const auto over = GENERATE(Status::closed, Status::failed);
  Fixture f;
  f.write([&](db::Tx& tx) { return f.settler.end(tx, f.pay_no, over, ""); });
  f.orders.status = "expired";
  CHECK(f.notice(Reason::authorised) == Settled::nothing);
  CHECK(f.notice(Reason::already_paid) == Settled::hinted);
  REQUIRE(f.due(query_job));
  const outbox::Job job{JobId(1), std::string(query_job), f.pay_no.value(), 0, {}, {}};
  f.on_query = [&] { return f.paid(); };
  CHECK_FALSE(f.await(f.attempts.run_query_job(job)));
  CHECK(f.now().late);
  CHECK(f.notice(Reason::already_paid) == Settled::nothing);
}

TEST_CASE("a capture whose answer was lost is found by the next question, once (P6, P11)") {
  Fixture f;
  f.on_capture = [] { return sdk::Outcome(Verdict::unknown); };
  f.query();
  CHECK(f.now().status == Status::pending);
  CHECK(f.now().channel_state == "state-1");
  const bool restarted = GENERATE(false, true);
  if (restarted) f.write([](db::Tx& tx) { return store::free_taken(tx), true; });
  f.on_query = [&] { return f.paid(); };
  f.query();
  CHECK(f.now().status == Status::paid);
  f.query();
  CHECK(f.events() == Types{"payment.paid"});
  CHECK(f.asked == Kinds{OperationKind::query, OperationKind::capture, OperationKind::query});
}

TEST_CASE("while nobody knows what came of a capture, the attempt is not closed (P5)") {
  Fixture f;
  f.on_capture = [] { return sdk::Outcome(Verdict::unknown); };
  f.query();
  f.query();
  CHECK(f.asked == Kinds{OperationKind::query, OperationKind::capture, OperationKind::query});
  CHECK(f.await(f.attempts.close(f.pay_no, true)).error().code == Errc::payment_in_progress);
  f.clock.advance_ms(20'000);
  f.on_query = [&] { return f.paid(); };
  CHECK(f.await(f.attempts.close(f.pay_no, true)).error().code == Errc::order_already_paid);
  CHECK(f.orders.paid == 1);
}

TEST_CASE("a capture that surely did nothing frees the attempt at once") {
  Fixture f;
  f.on_capture = [] { return sdk::Outcome(Verdict::retry, Reason::frequency); };
  f.query();
  CHECK(f.now().calling_until.ms == 0);
  f.on_capture = [&] { return f.paid(); };
  f.query();
  CHECK(f.now().status == Status::paid);
}

TEST_CASE("money captured for an order that ended meanwhile is late, never lost (P5)") {
  const std::string ended = GENERATE("cancelled", "expired", "paid", "failed");
  Fixture f;
  f.on_capture = [&] {
    f.orders.status = ended;
    return f.paid();
  };
  f.query();
  CHECK(f.now().status == Status::paid);
  CHECK(f.now().late);
  CHECK(f.orders.status == ended);
  CHECK(f.orders.paid == 0);
  CHECK(f.events() == Types{"payment.late"});
}

TEST_CASE(
    "a capture that outlived its taking finds the attempt closed, and its money is late (P5)") {
  Fixture f;
  bool taken_over = false;
  f.on_capture = [&] {
    f.clock.advance_ms(20'001);
    taken_over = f.write([&](db::Tx& tx) {
      const TimeMs now = f.clock.now();
      return store::take(tx, f.pay_no, now, now.plus_s(60)) &&
             f.settler.end(tx, f.pay_no, Status::closed, "");
    });
    f.orders.status = "expired";
    auto outcome = f.paid();
    outcome.state = "state-9";
    return outcome;
  };
  f.query();
  CHECK(taken_over);
  CHECK(f.now().status == Status::paid);
  CHECK(f.now().late);
  CHECK(f.now().channel_state == "state-1");
  CHECK(f.events() == Types{"payment.closed", "payment.late"});
}

TEST_CASE("what a capture and a notice both tell is applied once (P2)") {
  Fixture f;
  Fact fact = fact_of(f.paid(), true);
  f.on_capture = [&] {
    f.write([&](db::Tx& tx) {
      return f.settler.apply(tx, f.pay_no, "toy-1", fact, "callback") == Settled::paid;
    });
    return f.paid();
  };
  f.query();
  CHECK(f.orders.paid == 1);
  CHECK(f.events() == Types{"payment.paid"});
}

TEST_CASE("what the buyer approved for another amount or currency is never captured (P2)") {
  const auto [amount, currency] =
      GENERATE(table<std::int64_t, std::string>({{9899, "CNY"}, {9900, "USD"}}));
  Fixture f;
  f.on_query = [amount = amount, currency = currency] {
    sdk::Outcome outcome(Verdict::pending, Reason::authorised);
    outcome.amount = amount;
    outcome.currency = currency;
    return outcome;
  };
  f.query();
  CHECK(f.asked == Kinds{OperationKind::query});
  CHECK(f.now().status == Status::pending);
}

TEST_CASE("a declined capture leaves the attempt payable, with what the channel gave for it") {
  Fixture f;
  f.on_capture = [] {
    sdk::Outcome outcome(Verdict::pending);
    outcome.action = sdk::ActionType::redirect;
    outcome.material = "https://again";
    outcome.state = "state-2";
    return outcome;
  };
  f.query();
  CHECK(f.now().status == Status::pending);
  CHECK(f.now().action.material == "https://again");
  CHECK(f.now().channel_state == "state-2");
  CHECK(f.now().calling_until.ms == 0);
  f.on_capture = [] {
    sdk::Outcome outcome(Verdict::pending);
    outcome.state = "state-3";
    return outcome;
  };
  f.query();
  CHECK(f.now().action.material == "https://again");
  CHECK(f.now().channel_state == "state-3");
  f.on_capture = [&] { return f.paid(); };
  f.query();
  CHECK(test::toy().inputs.back().state == "state-3");
  CHECK(f.now().status == Status::paid);
}

TEST_CASE("a capture that is held stays pending, one that is declined for good fails") {
  Fixture f;
  f.on_capture = [] { return sdk::Outcome(Verdict::pending); };
  f.query();
  CHECK(f.now().status == Status::pending);
  f.on_capture = [] {
    sdk::Outcome outcome(Verdict::failed);
    outcome.channel_code = "DECLINED";
    return outcome;
  };
  f.query();
  CHECK(f.now().status == Status::failed);
  CHECK(f.now().failure_code == "DECLINED");
  CHECK(f.events() == Types{"payment.failed"});
}

TEST_CASE("another amount than ordered, once captured, marks nothing paid (P2)") {
  Fixture f;
  f.on_capture = [&] {
    auto outcome = f.paid();
    outcome.amount = 9899;
    return outcome;
  };
  f.query();
  CHECK(f.now().status == Status::failed);
  CHECK(f.orders.paid == 0);
  CHECK(f.events() == Types{"payment.mismatched"});
}

TEST_CASE("a channel that says approved and cannot capture harms nobody (P10)") {
  Fixture f;
  f.write([&](db::Tx& tx) { return f.settler.end(tx, f.pay_no, Status::closed, ""); });
  f.pay_no = f.attempt("link");
  f.query();
  CHECK(f.asked == Kinds{OperationKind::query});
  CHECK(f.now().status == Status::pending);
  CHECK(f.now().calling_until.ms == 0);
}
