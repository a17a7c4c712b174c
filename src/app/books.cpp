#include "app/books.hpp"

#include "db/must_have.hpp"
#include "payment/late.hpp"
#include "payment/store.hpp"
#include "refund/store.hpp"

namespace tollgate::app {
namespace {

using reconciliation::After;
using reconciliation::Answer;
using reconciliation::Day;
using reconciliation::Moved;
using reconciliation::Ours;

/// What of an outcome is the channel's word on where the money is.
Answer answer_of(const sdk::Outcome& outcome, std::int64_t amount) {
  Answer answer;
  const bool of_the_trade =
      outcome.reason == sdk::Reason::none || outcome.reason == sdk::Reason::closed ||
      outcome.reason == sdk::Reason::not_found || outcome.reason == sdk::Reason::authorised;
  const bool spoke =
      outcome.verdict == sdk::Verdict::succeeded || outcome.verdict == sdk::Verdict::pending ||
      outcome.verdict == sdk::Verdict::failed || outcome.reason == sdk::Reason::not_found;
  answer.told = spoke && of_the_trade;
  answer.moved = answer.told && outcome.verdict == sdk::Verdict::succeeded;
  answer.amount = answer.moved ? amount : -1;
  answer.currency = answer.moved ? outcome.currency : "";
  answer.code = outcome.channel_code;
  answer.message = outcome.channel_message;
  return answer;
}

Ours ours_of(const payment::store::Movement& m, const std::string& account_id) {
  Ours ours;
  ours.number = ours.pay_no = m.pay_no.str();
  ours.account_id = account_id;
  ours.status = m.status;
  ours.currency = m.currency;
  ours.amount = m.amount;
  ours.time = m.time;
  ours.channel_no = m.channel_trade_no;
  return ours;
}

Ours ours_of(const refund::Refund& r) {
  Ours ours;
  ours.number = r.refund_id.str();
  ours.pay_no = r.pay_no.str();
  ours.account_id = r.account_id;
  ours.status = to_string(r.status);
  ours.currency = r.currency;
  ours.amount = r.status == refund::Status::succeeded ? r.amount : 0;
  ours.time = r.succeeded_at.value_or(TimeMs{});
  ours.channel_no = r.channel_refund_no.value_or("");
  return ours;
}

}  // namespace

std::optional<Ours> PaymentBooks::find(db::Tx& tx, const std::string& /*account_id*/,
                                       const std::string& number) {
  const auto pay_no = PayNo::parse(number);
  const auto payment = pay_no ? payment::store::find(tx, *pay_no) : std::nullopt;
  if (!payment) return std::nullopt;
  Ours ours;
  ours.number = ours.pay_no = number;
  ours.account_id = payment->account_id;
  ours.status = to_string(payment->status);
  ours.currency = payment->currency;
  ours.channel_no = payment->channel_trade_no.value_or("");
  if (payment->status == payment::Status::paid) {
    ours.amount = payment->amount;
    ours.time = payment->paid_at.value_or(TimeMs{});
  } else if (const auto late = payment::store::find_late(tx, payment->pay_no)) {
    ours.amount = late->amount;
    ours.currency = late->currency;
    ours.channel_no = late->channel_trade_no;
    ours.time = late->created_at;
  }
  return ours;
}

Moved PaymentBooks::moved(db::Tx& tx, const std::string& account_id, const Day& day, After after,
                          int limit) {
  constexpr int paid = 0;
  const TimeMs from = after.time.ms > 0 ? after.time : day.from;
  const auto find =
      after.part == paid ? payment::store::paid_between : payment::store::unmatched_between;
  const auto rows = find(tx, account_id, from, day.until, PayNo(after.number), limit);
  Moved moved;
  moved.next = after;
  for (const auto& row : rows) {
    moved.rows.push_back(ours_of(row, account_id));
    moved.next = {after.part, row.time, row.pay_no.value()};
  }
  const bool full = static_cast<int>(rows.size()) == limit;
  moved.more = full || after.part == paid;
  if (!full) moved.next = {after.part + 1, {}, 0};
  return moved;
}

boost::asio::awaitable<Answer> PaymentBooks::ask(std::string number) {
  const auto pay_no = PayNo::parse(number);
  if (!pay_no) co_return Answer();
  const auto outcome = co_await attempts_.ask(*pay_no);
  if (!outcome) co_return Answer();
  co_return answer_of(*outcome, outcome->amount);
}

std::optional<Ours> RefundBooks::find(db::Tx& tx, const std::string& account_id,
                                      const std::string& number) {
  const auto id = RefundId::parse(number);
  auto refund = id ? refund::store::find(tx, *id) : std::nullopt;
  if (number.starts_with('#'))
    refund = refund::store::find_at_channel(tx, account_id, number.substr(1));
  if (!refund) return std::nullopt;
  return ours_of(*refund);
}

Moved RefundBooks::moved(db::Tx& tx, const std::string& account_id, const Day& day, After after,
                         int limit) {
  const TimeMs from = after.time.ms > 0 ? after.time : day.from;
  const auto rows = refund::store::succeeded_between(tx, account_id, from, day.until,
                                                     RefundId(after.number), limit);
  Moved moved;
  moved.next = after;
  for (const auto& row : rows) {
    moved.rows.push_back(ours_of(row));
    moved.next = {0, db::must_have(row.succeeded_at), row.refund_id.value()};
  }
  moved.more = static_cast<int>(rows.size()) == limit;
  return moved;
}

boost::asio::awaitable<Answer> RefundBooks::ask(std::string number) {
  const auto id = RefundId::parse(number);
  if (!id) co_return Answer();
  const auto outcome = co_await runner_.ask(*id);
  if (!outcome) co_return Answer();
  co_return answer_of(*outcome, outcome->refund_amount);
}

}  // namespace tollgate::app
