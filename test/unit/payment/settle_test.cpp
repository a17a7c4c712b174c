#include "payment/settle.hpp"

#include <catch2/catch.hpp>

#include "fakes.hpp"
#include "payment/store.hpp"
#include "support/store.hpp"
#include "support/temp_dir.hpp"

using namespace tollgate;
using namespace tollgate::payment;

namespace {

/// An order that takes money once, while it is unpaid.
class OneOrder final : public OrdersOfPayment {
 public:
  std::string status = "unpaid";
  int paid = 0, failed = 0;
  std::optional<PayableOrder> find(db::Tx&, OrderId id) override {
    return PayableOrder{id,
                        status,
                        status == "unpaid",
                        status == "paid",
                        Money(9900, *Currency::parse("CNY")),
                        "",
                        "",
                        {},
                        {}};
  }
  bool mark_paid(db::Tx&, OrderId, TimeMs) override {
    if (status != "unpaid") return false;
    status = "paid";
    ++paid;
    return true;
  }
  bool mark_failed(db::Tx&, OrderId) override {
    if (status != "unpaid") return false;
    status = "failed";
    ++failed;
    return true;
  }
  bool stock_is_gone = false;
  bool take_late(db::Tx&, OrderId, TimeMs) override {
    if (stock_is_gone || (status != "expired" && status != "cancelled")) return false;
    status = "paid";
    ++paid;
    return true;
  }
};

const db::Sql select_close_jobs{"SELECT subject FROM jobs WHERE kind = 'close_payment'"};
const db::Sql select_events{"SELECT type FROM events ORDER BY id"};
const db::Sql select_postings{
    "SELECT kind || ' ' || amount || ' ' || currency FROM postings ORDER BY id"};

struct Fixture {
  test::TempDir dir;
  ManualClock clock;
  Metrics metrics;
  Snowflake ids{clock, 0};
  std::unique_ptr<db::Database> database = open();
  outbox::Outbox outbox{ids, clock};
  outbox::Jobs jobs{*database, ids, clock, metrics};
  OneOrder orders;
  test::HeardRefunds refunds;
  Settler settler;
  PayNo pay_no = attempt();

  explicit Fixture(LatePolicy policy = LatePolicy::hold)
      : settler({outbox, jobs, orders, refunds, clock, metrics,
                 [](std::string_view) { return std::string(); }, policy}) {}

  std::unique_ptr<db::Database> open() { return test::open_store(dir); }
  PayNo attempt() {
    Payment p;
    p.pay_no = ids.next_id<PayNo>();
    p.order_id = OrderId(1);
    p.account_id = "wx-main";
    p.channel = "wechat";
    p.method = "native";
    p.amount = 9900;
    p.currency = "CNY";
    p.created_at = clock.now();
    database->write_blocking([&](db::Tx& tx) {
      store::insert(tx, p);
      return true;
    });
    return p.pay_no;
  }
  Fact paid() const {
    Fact fact;
    fact.verdict = sdk::Verdict::succeeded;
    fact.pay_no = pay_no.str();
    fact.channel_trade_no = "4200";
    fact.currency = "CNY";
    fact.amount = 9900;
    fact.receiver_matches = true;
    return fact;
  }
  Settled apply(const Fact& fact, const std::string& account = "wx-main") {
    return database->write_blocking(
        [&](db::Tx& tx) { return settler.apply(tx, pay_no, account, fact, "test"); });
  }
  bool end(Status to) {
    return database->write_blocking([&](db::Tx& tx) { return settler.end(tx, pay_no, to, ""); });
  }
  Payment now() {
    return *database->read_blocking([&](db::Tx& tx) { return store::find(tx, pay_no); });
  }
  std::string late_state() {
    const auto money =
        database->read_blocking([&](db::Tx& tx) { return store::find_late(tx, pay_no); });
    return money ? money->state : "none";
  }
  Result<LateMoney> accept() {
    return database->write_blocking([&](db::Tx& tx) { return settler.accept_late(tx, pay_no); });
  }
  std::vector<std::string> texts(const db::Sql& sql) {
    return database->read_blocking([&](db::Tx& tx) {
      std::vector<std::string> found;
      tx.query(sql, [&](db::Columns& c) { found.push_back(c.next<std::string>()); });
      return found;
    });
  }
  std::vector<std::string> events() { return texts(select_events); }
  std::vector<std::string> postings() { return texts(select_postings); }
  Settled apply_other(std::int64_t amount) {
    Fact fact = paid();
    fact.amount = amount;
    return apply(fact);
  }
};

using Types = std::vector<std::string>;

}  // namespace

TEST_CASE("a genuine payment of the amount ordered is applied exactly once (P2, P3)") {
  Fixture f;
  CHECK(f.apply(f.paid()) == Settled::paid);
  for (int i = 0; i < 3; ++i) CHECK(f.apply(f.paid()) == Settled::duplicate);
  CHECK(f.now().status == Status::paid);
  CHECK(f.now().channel_trade_no == "4200");
  CHECK(f.orders.paid == 1);
  CHECK(f.events() == Types{"payment.paid"});
}

TEST_CASE("another amount or currency never marks anything paid, and is told once (P2)") {
  for (const bool currency : {false, true}) {
    Fixture f;
    Fact fact = f.paid();
    if (currency)
      fact.currency = "USD";
    else
      fact.amount = 9899;
    CHECK(f.apply(fact) == Settled::mismatched);
    CHECK(f.apply(fact) == Settled::duplicate);
    CHECK(f.now().status == Status::failed);
    CHECK(f.orders.status == "failed");
    CHECK(f.orders.paid == 0);
    CHECK(f.events() == Types{"payment.mismatched"});
  }
}

TEST_CASE("a payment of another receiver, account or number changes nothing") {
  Fixture f;
  Fact receiver = f.paid(), number = f.paid();
  receiver.receiver_matches = false;
  number.pay_no = "12345";
  CHECK(f.apply(receiver) == Settled::foreign);
  CHECK(f.apply(number) == Settled::foreign);
  CHECK(f.apply(f.paid(), "wx-other") == Settled::foreign);
  CHECK(f.now().status == Status::pending);
  CHECK(f.events().empty());
}

TEST_CASE("that another receiver's trade is over, or approved, says nothing of ours (P2, P8)") {
  using sdk::Reason;
  using sdk::Verdict;
  for (const auto& [verdict, reason] :
       std::vector<std::pair<Verdict, Reason>>{{Verdict::failed, Reason::none},
                                               {Verdict::failed, Reason::closed},
                                               {Verdict::pending, Reason::authorised},
                                               {Verdict::pending, Reason::already_paid}}) {
    Fixture f;
    Fact fact;
    fact.verdict = verdict;
    fact.reason = reason;
    fact.of_another = true;
    CHECK(f.apply(fact) == Settled::foreign);
    CHECK(f.now().status == Status::pending);
    CHECK(f.events().empty());
    fact.of_another = false;
    CHECK(f.apply(fact) != Settled::foreign);
  }
}

TEST_CASE("a payment whose amount the channel does not say is asked about, not believed") {
  Fixture f;
  Fact fact = f.paid();
  fact.amount = -1;
  CHECK(f.apply(fact) == Settled::nothing);
  CHECK(f.now().status == Status::pending);
}

TEST_CASE("only the channel's word about the trade ends an attempt; unknown stays unknown") {
  using sdk::Reason;
  using sdk::Verdict;
  for (const Verdict verdict :
       {Verdict::unknown, Verdict::pending, Verdict::retry, Verdict::failed})
    for (const Reason reason :
         {Reason::none, Reason::closed, Reason::not_found, Reason::already_paid, Reason::frequency,
          Reason::rejected, Reason::configuration, Reason::unverified, Reason::plugin_exception}) {
      Fixture f;
      Fact fact;
      fact.verdict = verdict;
      fact.reason = reason;
      f.apply(fact);
      const bool over =
          verdict == Verdict::failed && (reason == Reason::none || reason == Reason::closed);
      CHECK((f.now().status != Status::pending) == over);
    }
}

TEST_CASE("money for an order that takes none any more is recorded, told and held (P5)") {
  Fixture f;
  CHECK(f.end(Status::closed));
  f.orders.status = "expired";
  CHECK(f.apply(f.paid()) == Settled::late);
  CHECK(f.apply(f.paid()) == Settled::duplicate);
  CHECK(f.now().status == Status::paid);
  CHECK(f.now().late);
  CHECK(f.orders.status == "expired");
  CHECK(f.late_state() == "held");
  CHECK(f.refunds.causes.empty());
  CHECK(f.events() == Types{"payment.closed", "payment.late"});
}

TEST_CASE("by the policy refund, money that no order takes is given back once (P5)") {
  for (const std::string status : {"expired", "cancelled", "failed", "paid", "refunded"}) {
    Fixture f(LatePolicy::refund);
    f.orders.status = status;
    CHECK(f.apply(f.paid()) == Settled::late);
    CHECK(f.apply(f.paid()) == Settled::duplicate);
    const bool twice = status == "paid" || status == "refunded";
    CHECK(f.refunds.causes == Types{twice ? "paid_twice" : "paid_late"});
    CHECK(f.orders.status == status);
    CHECK(f.events() == Types{"payment.late"});
  }
}

TEST_CASE("money in another amount is given back by the same policies, never accepted (P2, P5)") {
  for (const LatePolicy policy : {LatePolicy::refund, LatePolicy::accept}) {
    Fixture f(policy);
    Fact fact = f.paid();
    fact.amount = 1;
    CHECK(f.apply(fact) == Settled::mismatched);
    CHECK(f.apply(fact) == Settled::duplicate);
    CHECK(f.refunds.causes == Types{"amount_mismatch"});
  }
}

TEST_CASE("a paid attempt that is told otherwise gives nothing back by itself") {
  Fixture f(LatePolicy::refund);
  CHECK(f.apply(f.paid()) == Settled::paid);
  Fact fact = f.paid();
  fact.amount = 1;
  CHECK(f.apply(fact) == Settled::mismatched);
  CHECK(f.refunds.causes.empty());
  CHECK(f.late_state() == "held");
}

TEST_CASE(
    "by the policy accept, late money pays its order, or goes back where stock is gone (P5)") {
  Fixture taken(LatePolicy::accept);
  taken.orders.status = "expired";
  CHECK(taken.apply(taken.paid()) == Settled::paid);
  CHECK(taken.orders.status == "paid");
  CHECK(taken.late_state() == "accepted");
  CHECK_FALSE(taken.now().late);
  CHECK(taken.events() == Types{"payment.paid"});
  Fixture gone(LatePolicy::accept);
  gone.orders.status = "expired";
  gone.orders.stock_is_gone = true;
  CHECK(gone.apply(gone.paid()) == Settled::late);
  CHECK(gone.refunds.causes == Types{"paid_late"});
}

TEST_CASE("an operator may accept what is held, once, while the order can take it") {
  Fixture f;
  CHECK(f.accept().error().code == Errc::payment_not_found);
  f.orders.status = "expired";
  f.orders.stock_is_gone = true;
  CHECK(f.apply(f.paid()) == Settled::late);
  CHECK(f.accept().error().code == Errc::order_closed);
  CHECK(f.late_state() == "held");
  f.orders.stock_is_gone = false;
  CHECK(f.accept().value().state == "accepted");
  CHECK(f.accept().error().code == Errc::order_closed);
  CHECK_FALSE(f.now().late);
  CHECK(f.orders.paid == 1);
  CHECK(f.events() == Types{"payment.late", "payment.paid"});
}

TEST_CASE("a closed attempt that was paid after all pays an order that is still unpaid") {
  Fixture f;
  CHECK(f.end(Status::closed));
  CHECK_FALSE(f.end(Status::failed));
  CHECK(f.apply(f.paid()) == Settled::paid);
  CHECK(f.orders.status == "paid");
}

TEST_CASE("an order has one open attempt (P6)") {
  Fixture f;
  CHECK_THROWS_AS(f.attempt(), db::UniqueViolation);
  CHECK(f.end(Status::closed));
  CHECK_NOTHROW(f.attempt());
}

TEST_CASE("another amount on a replaced attempt closes the attempt that replaced it (P2)") {
  Fixture f;
  CHECK(f.end(Status::closed));
  const PayNo second = f.attempt();
  Fact fact = f.paid();
  fact.amount = 1;
  CHECK(f.apply(fact) == Settled::mismatched);
  CHECK(f.orders.status == "failed");
  const auto to_close = f.database->read_blocking(
      [&](db::Tx& tx) { return tx.value<std::int64_t>(select_close_jobs); });
  CHECK(to_close == second.value());
}

TEST_CASE("a paid attempt that is told to be another amount is told once, and stays paid (P2)") {
  Fixture f;
  CHECK(f.apply(f.paid()) == Settled::paid);
  Fact fact = f.paid();
  fact.amount = 1;
  CHECK(f.apply(fact) == Settled::mismatched);
  CHECK(f.apply(fact) == Settled::duplicate);
  CHECK(f.now().status == Status::paid);
  CHECK(f.orders.status == "paid");
  CHECK(f.events() == Types{"payment.paid", "payment.mismatched"});
}

TEST_CASE(
    "an answer that comes after another has taken the attempt, or ended it, changes nothing") {
  Fixture f;
  const auto take = [&](std::int64_t ms) {
    f.database->write_blocking([&](db::Tx& tx) {
      return store::take(tx, f.pay_no, f.clock.now(), f.clock.now().plus_ms(ms));
    });
    return f.now();
  };
  const auto answer = [&](const Payment& taken) {
    const Action action{sdk::ActionType::qr, "weixin://x", {}};
    return f.database->write_blocking(
        [&](db::Tx& tx) { return store::set_action(tx, taken, action, ""); });
  };
  const Payment first = take(1'000);
  f.clock.advance_ms(1'000);
  const Payment second = take(1'500);
  CHECK_FALSE(answer(first));
  f.database->write_blocking([&](db::Tx& tx) {
    store::give_back(tx, f.pay_no, first.calling_until);
    return true;
  });
  CHECK(f.now().calling_until == second.calling_until);
  CHECK(answer(second));
  CHECK(f.now().action.material == "weixin://x");
  const Payment third = take(3'000);
  CHECK(f.end(Status::closed));
  CHECK_FALSE(answer(third));
}

TEST_CASE("an attempt is taken by one at a time, and free again after its lease") {
  Fixture f;
  const auto take = [&] {
    return f.database->write_blocking([&](db::Tx& tx) {
      return store::take(tx, f.pay_no, f.clock.now(), f.clock.now().plus_ms(1'000));
    });
  };
  CHECK(take());
  CHECK_FALSE(take());
  f.clock.advance_ms(1'000);
  CHECK(take());
  CHECK(f.end(Status::closed));
  f.clock.advance_ms(10'000);
  CHECK_FALSE(take());
}

TEST_CASE("money that came in is posted once, with the order that took it or as held") {
  Fixture taken;
  for (int i = 0; i < 2; ++i) taken.apply(taken.paid());
  CHECK(taken.postings() == Types{"payment 9900 CNY"});
  Fixture late;
  late.orders.status = "expired";
  for (int i = 0; i < 2; ++i) late.apply(late.paid());
  CHECK(late.postings() == Types{"payment_unmatched 9900 CNY"});
  CHECK(late.accept().has_value());
  CHECK(late.postings() == Types{"payment_unmatched 9900 CNY", "released 9900 CNY"});
  Fixture at_once(LatePolicy::accept);
  at_once.orders.status = "expired";
  at_once.apply(at_once.paid());
  CHECK(at_once.postings() == Types{"payment 9900 CNY"});
}

TEST_CASE("what changes no money is not posted") {
  Fixture f;
  CHECK(f.apply_other(-1) == Settled::nothing);
  CHECK(f.apply(f.paid(), "wx-other") == Settled::foreign);
  CHECK(f.apply_other(0) == Settled::mismatched);
  CHECK(f.end(Status::closed) == false);
  CHECK(f.postings().empty());
}

TEST_CASE("money in another amount is held as the channel reports it, once") {
  Fixture f;
  for (int i = 0; i < 2; ++i) f.apply_other(9899);
  CHECK(f.postings() == Types{"payment_unmatched 9899 CNY"});
  Fixture paid;
  paid.apply(paid.paid());
  paid.apply_other(1);  // another word about the same money
  CHECK(paid.postings() == Types{"payment 9900 CNY"});
}

TEST_CASE("an amount that the channel corrects is taken back in the journal") {
  for (const bool was_closed : {false, true}) {
    Fixture f;
    if (was_closed) CHECK(f.end(Status::closed));
    CHECK(f.apply_other(1) == Settled::mismatched);
    CHECK(f.apply(f.paid()) == Settled::late);
    CHECK(f.postings() == Types{"payment_unmatched 1 CNY", "payment_corrected 1 CNY",
                                "payment_unmatched 9900 CNY"});
  }
  Fixture accepted;
  accepted.orders.status = "expired";
  accepted.apply_other(1);
  CHECK(accepted.apply(accepted.paid()) == Settled::late);
  CHECK(accepted.accept().has_value());
  CHECK(accepted.postings() == Types{"payment_unmatched 1 CNY", "payment_corrected 1 CNY",
                                     "payment_unmatched 9900 CNY", "released 9900 CNY"});
}

TEST_CASE("held money of which a part went back pays no order (P7)") {
  Fixture f;
  f.orders.status = "expired";
  f.apply(f.paid());
  f.database->write_blocking([&](db::Tx& tx) {
    return journal::post(tx, {journal::Kind::refund_unmatched, f.pay_no, 5, "wx-main", "CNY", 900},
                         f.clock.now());
  });
  CHECK(f.accept().error().code == Errc::order_closed);
  CHECK(f.late_state() == "held");
  CHECK(f.orders.status == "expired");
}

TEST_CASE("money told in another amount before is not accepted by itself, and held as it came") {
  Fixture f(LatePolicy::accept);
  f.orders.status = "expired";
  f.apply_other(100);
  REQUIRE(f.refunds.causes.size() == 1);
  CHECK(f.apply(f.paid()) == Settled::late);
  CHECK(f.orders.status == "expired");
  const auto money =
      f.database->read_blocking([&](db::Tx& tx) { return *store::find_late(tx, f.pay_no); });
  CHECK(money.amount == 9900);
}
