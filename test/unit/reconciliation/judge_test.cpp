#include "reconciliation/judge.hpp"

#include <catch2/catch.hpp>

#include "base/time.hpp"
#include "reconciliation/asker.hpp"
#include "reconciliation/totals.hpp"

using namespace tollgate;
using namespace tollgate::reconciliation;
using sdk::Verdict;

namespace {

Line line(Verdict status = Verdict::succeeded, std::int64_t amount = 9900) {
  Line l;
  l.line_no = 1;
  l.subject = Subject::payment;
  l.number = l.pay_no = "1001";
  l.status = status;
  l.amount = amount;
  l.fee = 59;
  l.currency = "CNY";
  return l;
}

Ours ours(std::int64_t amount = 9900) {
  Ours o;
  o.number = o.pay_no = "1001";
  o.account_id = "wx";
  o.status = amount > 0 ? "paid" : "pending";
  o.currency = "CNY";
  o.amount = amount;
  return o;
}

std::optional<Kind> judged(const Line& l, const std::optional<Ours>& o) {
  return judge(l, o, "wx", std::nullopt);
}

Answer said(bool moved, std::int64_t amount = 9900) {
  Answer answer;
  answer.told = true;
  answer.moved = moved;
  answer.amount = moved ? amount : -1;
  answer.currency = moved ? "CNY" : "";
  return answer;
}

Difference found(Kind kind, const Line& theirs) {
  Difference d;
  d.kind = kind;
  d.theirs = to_json(theirs);
  return d;
}

}  // namespace

TEST_CASE("a line that says what our books say is no difference") {
  CHECK_FALSE(judged(line(), ours()));
  CHECK_FALSE(judged(line(Verdict::failed), ours(0)));
  CHECK_FALSE(judged(line(Verdict::pending), ours(0)));
}

TEST_CASE("each way to differ has its own name") {
  CHECK(judged(line(), std::nullopt) == Kind::missing_here);
  CHECK(judged(line(), ours(0)) == Kind::status_differs);
  CHECK(judged(line(Verdict::failed), ours()) == Kind::status_differs);
  CHECK(judged(line(Verdict::pending), ours()) == Kind::status_differs);
  CHECK(judged(line(Verdict::succeeded, 9800), ours()) == Kind::amount_differs);
  auto other = ours();
  other.currency = "USD";
  CHECK(judged(line(), other) == Kind::amount_differs);
  other = ours();
  other.account_id = "another";
  CHECK(judged(line(), other) == Kind::missing_here);
}

TEST_CASE("a refund's line is written when it is asked for: pending there is no difference") {
  auto refund = line(Verdict::pending);
  refund.subject = Subject::refund;
  CHECK_FALSE(judged(refund, ours()));
  CHECK_FALSE(judged(refund, ours(0)));
  refund.status = Verdict::succeeded;
  CHECK(judged(refund, ours(0)) == Kind::status_differs);
}

TEST_CASE("fees are held against the configured rate, one unit of rounding let pass") {
  CHECK(fee_of(9900, 6'000) == 59);  // 59.4
  CHECK(fee_of(9917, 6'000) == 60);  // 59.502
  CHECK(fee_of(INT64_MAX / 2, 1'000'000) == INT64_MAX / 2);
  auto l = line();
  CHECK_FALSE(judge(l, ours(), "wx", 6'000));
  l.fee = 60;
  CHECK_FALSE(judge(l, ours(), "wx", 6'000));
  l.fee = 61;
  CHECK(judge(l, ours(), "wx", 6'000) == Kind::fee_differs);
  CHECK_FALSE(judged(l, ours()));
  l.subject = Subject::refund;
  CHECK_FALSE(judge(l, ours(), "wx", 6'000));
}

TEST_CASE("what the channel answers settles a difference, or an operator must look") {
  const auto unpaid_here = found(Kind::status_differs, line());
  CHECK(resolution_of(unpaid_here, ours(), said(true)) == Resolution::repaired);
  CHECK(resolution_of(unpaid_here, ours(0), said(false)) == Resolution::confirmed);
  CHECK(resolution_of(unpaid_here, ours(0), said(true)) == Resolution::for_operator);
  CHECK(resolution_of(unpaid_here, std::nullopt, said(true)) == Resolution::for_operator);

  const auto missing = found(Kind::missing_at_channel, line());
  auto nothing_there = missing;
  nothing_there.theirs = "null";
  CHECK(resolution_of(nothing_there, ours(), said(true)) == Resolution::confirmed);
  CHECK(resolution_of(nothing_there, ours(), said(false)) == Resolution::for_operator);

  const auto other_amount = found(Kind::amount_differs, line(Verdict::succeeded, 9800));
  CHECK(resolution_of(other_amount, ours(), said(true)) == Resolution::confirmed);
  CHECK(resolution_of(other_amount, ours(), said(true, 9800)) == Resolution::for_operator);
  CHECK(resolution_of(other_amount, ours(9800), said(true, 9800)) == Resolution::repaired);
}

TEST_CASE("a day begins and ends where the channel's does") {
  const auto beijing = day_of("2026-11-20", 8 * 3'600);
  REQUIRE(beijing);
  CHECK(to_rfc3339(beijing->from) == "2026-11-19T16:00:00.000Z");
  CHECK(to_rfc3339(beijing->until) == "2026-11-20T16:00:00.000Z");
  CHECK(beijing->holds(beijing->from));
  CHECK_FALSE(beijing->holds(beijing->until));
  CHECK(day_at(beijing->from, 8 * 3'600).date == "2026-11-20");
  CHECK(day_at(beijing->from.plus_ms(-1), 8 * 3'600).date == "2026-11-19");
  CHECK(day_of("2024-02-29", 0));
  for (const auto* text : {"2026-02-29", "2026-13-01", "2026-1-01", "20261-01-1", "x026-01-01",
                           "2026/01/01", "", "1999-12-31"})
    CHECK_FALSE(day_of(text, 0));
}

TEST_CASE("totals are by currency, fees net of what was given back") {
  Totals totals;
  totals.add(line());
  auto refund = line(Verdict::succeeded, 4900);
  refund.subject = Subject::refund;
  refund.fee = -29;
  totals.add(refund);
  auto fee = line(Verdict::succeeded, -5);
  fee.subject = Subject::fee;
  totals.add(fee);
  auto withdrawal = line(Verdict::succeeded, -1'000);
  withdrawal.subject = Subject::other;
  totals.add(withdrawal);
  totals.add(line(Verdict::failed));
  totals.add(Subject::payment, ours());
  CHECK(totals.to_json() ==
        R"([{"currency":"CNY","theirs":{"payments":1,"paid":9900,"refunds":1,"refunded":4900},)"
        R"("ours":{"payments":1,"paid":9900,"refunds":0,"refunded":0},"fees":35,"other":-1000}])");
}
