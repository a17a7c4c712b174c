#include "refund/book.hpp"

#include <catch2/catch.hpp>

#include "fixture.hpp"

using namespace tollgate;
using namespace tollgate::refund;
using Words = std::vector<std::string>;

namespace {

struct Fixture : test::RefundHouse {
  static News done(const Refund& refund) {
    News news;
    news.verdict = sdk::Verdict::succeeded;
    news.refund_no = refund.refund_id.str();
    news.pay_no = refund.pay_no.str();
    news.channel_refund_no = "5000";
    news.currency = "CNY";
    news.amount = refund.amount;
    return news;
  }
  static News refused(const Refund& refund, sdk::Reason reason = sdk::Reason::rejected) {
    News news = done(refund);
    news.verdict = sdk::Verdict::failed;
    news.reason = reason;
    news.code = "USER_ACCOUNT_ABNORMAL";
    return news;
  }
  Applied apply(const News& news, const std::string& account = "toy-a") {
    return database->write_blocking(
        [&](db::Tx& tx) { return book.apply(tx, account, news, "test"); });
  }
  bool by_itself() {
    return database->write_blocking(
        [&](db::Tx& tx) { return book.begin_by_itself(tx, test::the_payment, "paid_late"); });
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "refunds never exceed what was paid, those under way counted (P7)") {
  REQUIRE(begin(5000).has_value());
  REQUIRE(begin(4900).has_value());
  const auto more = begin(1);
  REQUIRE_FALSE(more.has_value());
  CHECK(more.error().code == Errc::refund_exceeds_paid);
  CHECK_FALSE(begin(std::nullopt).has_value());
}

TEST_CASE_METHOD(Fixture, "one amount above what is left is refused whole, none left out is all") {
  REQUIRE(begin(100).has_value());
  CHECK_FALSE(begin(9801).has_value());
  const auto rest = begin(std::nullopt);
  REQUIRE(rest.has_value());
  CHECK(rest->amount == 9800);
}

TEST_CASE_METHOD(Fixture, "a failed refund gives its share of the limit back") {
  const auto refund = begin(9900).value();
  CHECK(apply(refused(refund)) == Applied::failed);
  CHECK(begin(9900).has_value());
}

TEST_CASE_METHOD(Fixture, "a refund begins with its event and its job") {
  const auto refund = begin(4900).value();
  CHECK(refund.status == Status::pending);
  CHECK(events() == Words{"refund.created"});
  CHECK(due_jobs() == Words{"refund"});
}

TEST_CASE_METHOD(Fixture, "what was never paid, or is not there, is not refunded") {
  payments.received.amount = 0;
  CHECK(begin(1).error().code == Errc::refund_exceeds_paid);
  CHECK(begin(1, PayNo(2)).error().code == Errc::payment_not_found);
  payments.received.of_order = false;
  CHECK(begin(1, std::nullopt).error().code == Errc::refund_exceeds_paid);
}

TEST_CASE_METHOD(Fixture, "a method without refunds is refused before anything is written") {
  payments.received.method = "link";
  CHECK(begin(1).error().code == Errc::method_unavailable);
  CHECK(events().empty());
}

TEST_CASE_METHOD(Fixture, "the channel's word ends a refund once") {
  const auto refund = begin(4900).value();
  CHECK(apply(done(refund)) == Applied::succeeded);
  CHECK(apply(done(refund)) == Applied::duplicate);
  CHECK(now(refund.refund_id).status == Status::succeeded);
  CHECK(now(refund.refund_id).channel_refund_no == "5000");
  CHECK(orders.amount_refunded == 4900);
  CHECK(events() == Words{"refund.created", "refund.succeeded"});
  CHECK(due_jobs().empty());
}

TEST_CASE_METHOD(Fixture, "a refund that failed and was done after all is done") {
  const auto refund = begin(4900).value();
  CHECK(apply(refused(refund)) == Applied::failed);
  CHECK(apply(refused(refund)) == Applied::duplicate);
  CHECK(apply(done(refund)) == Applied::succeeded);
  CHECK(apply(refused(refund)) == Applied::duplicate);
  CHECK(now(refund.refund_id).status == Status::succeeded);
  CHECK(orders.amount_refunded == 4900);
}

TEST_CASE_METHOD(Fixture, "failures that speak of the question change nothing") {
  const auto refund = begin(4900).value();
  for (const auto reason : {sdk::Reason::configuration, sdk::Reason::frequency,
                            sdk::Reason::not_found, sdk::Reason::unverified})
    CHECK(apply(refused(refund, reason)) == Applied::nothing);
  CHECK(now(refund.refund_id).status == Status::pending);
}

TEST_CASE_METHOD(Fixture,
                 "another amount, currency, account, receiver or payment changes nothing") {
  const auto refund = begin(4900).value();
  News other = done(refund);
  other.amount = 4901;
  CHECK(apply(other) == Applied::mismatched);
  other = done(refund);
  other.currency = "USD";
  CHECK(apply(other) == Applied::mismatched);
  other = done(refund);
  other.foreign = true;
  CHECK(apply(other) == Applied::foreign);
  other = done(refund);
  other.pay_no = "2";
  CHECK(apply(other) == Applied::foreign);
  CHECK(apply(done(refund), "toy-b") == Applied::foreign);
  other = done(refund);
  other.refund_no = "99";
  CHECK(apply(other) == Applied::unknown_refund);
  other = done(refund);
  other.amount = -1;
  CHECK(apply(other) == Applied::nothing);
  CHECK(now(refund.refund_id).status == Status::pending);
  CHECK(orders.amount_refunded == 0);
}

TEST_CASE_METHOD(Fixture,
                 "money that no order took goes back by itself once, and its row says so") {
  payments.received.of_order = false;
  CHECK(by_itself());
  CHECK_FALSE(by_itself());
  CHECK_FALSE(begin(1).has_value());
  CHECK(payments.moves == Words{"refunding"});
  const RefundId id = *RefundId::parse(texts(test::select_refunds).at(0));
  CHECK(now(id).amount == 9900);
  CHECK(now(id).cause == "paid_late");
  CHECK(apply(done(now(id))) == Applied::succeeded);
  CHECK(payments.moves == Words{"refunding", "refunded"});
  CHECK(orders.amount_refunded == 0);
}

TEST_CASE_METHOD(Fixture, "money of which a part went back is held until all of it has") {
  payments.received.of_order = false;
  const auto part = begin(9000).value(), rest = begin(900).value();
  CHECK(apply(done(part)) == Applied::succeeded);
  CHECK(apply(refused(rest)) == Applied::failed);
  const auto again = begin(std::nullopt).value();
  CHECK(apply(done(again)) == Applied::succeeded);
  CHECK(payments.moves ==
        Words{"refunding", "refunding", "refunding", "held", "refunding", "refunded"});
}

TEST_CASE_METHOD(Fixture, "where it cannot go back it is held again") {
  payments.received.of_order = false;
  const auto refund = begin(std::nullopt).value();
  CHECK(apply(refused(refund)) == Applied::failed);
  CHECK(payments.moves == Words{"refunding", "held"});
}

TEST_CASE_METHOD(Fixture, "a refund is posted when it has succeeded, once") {
  const auto refund = begin(4900).value();
  CHECK(postings().empty());
  CHECK(apply(refused(refund)) == Applied::failed);
  CHECK(postings().empty());
  for (int i = 0; i < 2; ++i) apply(done(refund));
  CHECK(postings() == Words{"refund 4900 CNY of " + refund.refund_id.str()});
}

TEST_CASE_METHOD(Fixture, "money that no order took goes back from what is held") {
  payments.received.of_order = false;
  const auto refund = begin(4900).value();
  CHECK(apply(done(refund)) == Applied::succeeded);
  CHECK(postings() == Words{"refund_unmatched 4900 CNY of " + refund.refund_id.str()});
}
