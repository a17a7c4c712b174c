// Attempts as they are closed, replaced and watched.
#include <catch2/catch.hpp>

#include "desk.hpp"

using namespace tollgate;
using namespace tollgate::payment;
using namespace tollgate::test;

namespace {

struct Fixture : Desk {
  PayNo started() { return start().value().pay_no; }
  Errc close(PayNo pay_no) {
    const auto closed = house.await(attempts.close(pay_no, true));
    return closed ? Errc() : closed.error().code;
  }
  Status status(PayNo pay_no) {
    return house.database
        ->read_blocking([&](db::Tx& tx) { return store::find(tx, pay_no).value(); })
        .status;
  }
  /// An attempt that the channel has closed.
  PayNo closed() {
    const PayNo pay_no = started();
    says[OperationKind::query] = Outcome(Verdict::failed, Reason::closed);
    REQUIRE(close(pay_no) == Errc());
    REQUIRE(status(pay_no) == Status::closed);
    return pay_no;
  }
  /// The watch's n-th look at the attempt: the seconds until the next one, or nothing.
  std::optional<std::int64_t> look(PayNo pay_no, int number) {
    outbox::Job job;
    job.subject = pay_no.value();
    job.attempt = number;
    const auto next = house.await(attempts.run_watch_job(job));
    if (!next) return std::nullopt;
    return (next->ms - clock.now().ms) / 1'000;
  }
};

constexpr int last_look = 4;

}  // namespace

TEST_CASE("a replaced attempt is closed at the channel before another is made (P6)") {
  Fixture f;
  const PayNo first = f.started();
  f.says[OperationKind::close] = Outcome();
  CHECK(f.start().error().code == Errc::channel_unavailable);
  CHECK(f.status(first) == Status::pending);
  f.says[OperationKind::close] = Outcome(Verdict::succeeded);
  f.says[OperationKind::query] = Outcome(Verdict::failed, Reason::closed);
  const PayNo second = f.started();
  CHECK(f.status(first) == Status::closed);
  CHECK(f.status(second) == Status::pending);
}

TEST_CASE("an attempt that turns out paid while it is closed pays its order (P5)") {
  Fixture f;
  const PayNo pay_no = f.started();
  SECTION("at the first question") {
    f.says[OperationKind::query] = Fixture::paid();
  }
  SECTION("by the buyer, between the question and the close") {
    f.says[OperationKind::query] = Outcome(Verdict::pending);
    const auto scripted = test::toy().next;
    test::toy().next = [&f, scripted](int n, const sdk::Response* response) {
      if (test::toy().inputs.back().kind == OperationKind::close)
        f.says[OperationKind::query] = Fixture::paid();
      return scripted(n, response);
    };
  }
  CHECK(f.close(pay_no) == Errc::order_already_paid);
  CHECK(f.status(pay_no) == Status::paid);
  CHECK(f.orders.status == "paid");
}

TEST_CASE("nothing but the channel's word closes an attempt, and the next try is free to come") {
  Fixture f;
  const PayNo pay_no = f.started();
  f.says[OperationKind::query] = Outcome(Verdict::pending);
  SECTION("the close is not answered") {
    f.says[OperationKind::close] = Outcome();
  }
  SECTION("no question is answered") {
    f.says[OperationKind::query] = Outcome();
  }
  SECTION("the trade is paid, but to another receiver") {
    f.says[OperationKind::query] = Fixture::paid("someone/else");
  }
  SECTION("the channel knows nothing of the trade, but its close fails otherwise") {
    f.says[OperationKind::query] = Outcome(Verdict::pending, Reason::not_found);
    f.says[OperationKind::close] = Outcome(Verdict::failed, Reason::configuration);
  }
  CHECK(f.close(pay_no) == Errc::channel_unavailable);
  CHECK(f.status(pay_no) == Status::pending);
  f.says[OperationKind::query] = Outcome(Verdict::failed, Reason::closed);
  CHECK(f.close(pay_no) == Errc());
  CHECK(f.status(pay_no) == Status::closed);
}

TEST_CASE("money that comes after the end is found by the watch (P5)") {
  Fixture f;
  const PayNo pay_no = f.closed();
  f.orders.status = "cancelled";
  CHECK(f.look(pay_no, 0) == 600);
  f.says[OperationKind::query] = Fixture::paid();
  CHECK_FALSE(f.look(pay_no, 1));
  CHECK(f.status(pay_no) == Status::paid);
  CHECK_FALSE(f.look(pay_no, 2));
}

TEST_CASE("the watch ends with an answer: a last look that got none is looked again (P5)") {
  Fixture f;
  const PayNo pay_no = f.closed();
  CHECK_FALSE(f.look(pay_no, last_look));
  f.says[OperationKind::query] = Outcome(Verdict::pending, Reason::not_found);
  CHECK_FALSE(f.look(pay_no, last_look));
  for (const auto& silence :
       {Outcome(), Outcome(Verdict::retry), Outcome(Verdict::failed, Reason::configuration)}) {
    f.says[OperationKind::query] = silence;
    CHECK(f.look(pay_no, last_look) == 3'600);
    CHECK(f.look(pay_no, last_look + 100) == 3'600);
    CHECK_FALSE(f.look(pay_no, 10'000));
  }
  f.says[OperationKind::query] = Fixture::paid();
  CHECK_FALSE(f.look(pay_no, last_look + 1));
  CHECK(f.status(pay_no) == Status::paid);
}
