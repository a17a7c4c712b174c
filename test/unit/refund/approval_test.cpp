// Large refunds wait for a second key.
#include <catch2/catch.hpp>

#include "fixture.hpp"

using namespace tollgate;
using namespace tollgate::refund;

namespace {

struct Fixture : test::RefundHouse {
  Errc error_of(const Result<Refund>& result) {
    REQUIRE_FALSE(result.has_value());
    return result.error().code;
  }
  bool sent() { return !due_jobs().empty(); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a refund at the limit goes out, one beyond it waits") {
  CHECK(begin(9000).value().approval == Approval::not_needed);
  CHECK(sent());
}

TEST_CASE_METHOD(Fixture, "a refund beyond the limit has no job until another key has agreed") {
  const auto refund = begin(9001).value();
  CHECK(refund.waits());
  CHECK(refund.requested_by == "shop");
  CHECK_FALSE(sent());
  CHECK(error_of(approve(refund.refund_id, "shop")) == Errc::second_key_required);
  CHECK_FALSE(sent());
  const auto approved = approve(refund.refund_id, "ops").value();
  CHECK(approved.approval == Approval::approved);
  CHECK(approved.decided_by == "ops");
  CHECK(approved.status == Status::pending);
  CHECK(due_jobs() == std::vector<std::string>{"refund"});
}

TEST_CASE_METHOD(Fixture, "one that waits counts against the limit, a rejected one does not (P7)") {
  const auto refund = begin(9001).value();
  CHECK(error_of(begin(900)) == Errc::refund_exceeds_paid);
  const auto rejected = reject(refund.refund_id, "ops").value();
  CHECK(rejected.status == Status::failed);
  CHECK(rejected.failure_code == "rejected");
  CHECK(rejected.approval == Approval::rejected);
  CHECK(events() == std::vector<std::string>{"refund.created", "refund.failed"});
  CHECK_FALSE(sent());
  CHECK(begin(9900).has_value());
}

TEST_CASE_METHOD(Fixture, "whoever asked for a refund may take it back") {
  const auto refund = begin(9001).value();
  CHECK(reject(refund.refund_id, "shop").value().decided_by == "shop");
}

TEST_CASE_METHOD(Fixture, "a decision is made once, and repeated by its own key alone") {
  const auto refund = begin(9001).value();
  CHECK(error_of(approve(RefundId(5), "ops")) == Errc::refund_not_found);
  REQUIRE(approve(refund.refund_id, "ops").has_value());
  CHECK(approve(refund.refund_id, "ops").value().approval == Approval::approved);
  CHECK(error_of(approve(refund.refund_id, "shop")) == Errc::approval_not_needed);
  CHECK(error_of(approve(refund.refund_id, "third")) == Errc::approval_not_needed);
  CHECK(error_of(reject(refund.refund_id, "ops")) == Errc::approval_not_needed);
  CHECK(now(refund.refund_id).status == Status::pending);
  CHECK(due_jobs().size() == 1);
  const auto small = begin(1).value();
  CHECK(error_of(approve(small.refund_id, "ops")) == Errc::approval_not_needed);
  CHECK(error_of(reject(small.refund_id, "ops")) == Errc::approval_not_needed);
}

TEST_CASE_METHOD(Fixture, "the limit is that of the refund's currency") {
  payments.received.currency = "JPY";
  CHECK(begin(1).value().waits());
  payments.received.currency = "USD";
  CHECK_FALSE(begin(9899).value().waits());
}

TEST_CASE_METHOD(Fixture, "what the server gives back by itself does not wait") {
  payments.received.of_order = false;
  CHECK(database->write_blocking(
      [&](db::Tx& tx) { return book.begin_by_itself(tx, test::the_payment, "paid_late"); }));
  CHECK(sent());
}

TEST_CASE_METHOD(Fixture, "a rejected refund of money that came late leaves it held") {
  payments.received.of_order = false;
  const auto refund = begin(9900).value();
  REQUIRE(reject(refund.refund_id, "ops").has_value());
  CHECK(payments.moves == std::vector<std::string>{"refunding", "held"});
}

TEST_CASE_METHOD(Fixture, "a channel's notice does not send a refund that waits") {
  const auto refund = begin(9001).value();
  News hint;
  hint.refund_no = refund.refund_id.str();
  database->write_blocking([&](db::Tx& tx) { return book.apply(tx, "toy-a", hint, "callback"); });
  CHECK_FALSE(sent());
}

TEST_CASE_METHOD(Fixture, "the API shows what a refund waits for") {
  const auto refund = begin(9001).value();
  CHECK(to_json(refund).find(R"("approval":"required","requested_by":"shop","decided_by":null)") !=
        std::string::npos);
  CHECK(to_json(begin(1).value()).find(R"("approval":null)") != std::string::npos);
}
