#include "refund/book.hpp"

#include "base/log.hpp"
#include "db/must_have.hpp"
#include "journal/posting.hpp"
#include "refund/store.hpp"

namespace tollgate::refund {
namespace {

/// True where a failure speaks of the refund, not of our question (rights, keys, frequency).
bool is_final(sdk::Reason reason) {
  return reason == sdk::Reason::none || reason == sdk::Reason::closed ||
         reason == sdk::Reason::rejected;
}

Error exceeds(std::int64_t left) {
  return Error(Errc::refund_exceeds_paid,
               left > 0 ? "at most " + std::to_string(left) + " is left to be refunded"
                        : "nothing is left to be refunded");
}

}  // namespace

std::string_view to_string(Applied applied) {
  switch (applied) {
    case Applied::succeeded:
      return "refund_succeeded";
    case Applied::failed:
      return "refund_failed";
    case Applied::duplicate:
      return "duplicate";
    case Applied::mismatched:
      return "mismatched";
    case Applied::foreign:
      return "foreign";
    case Applied::unknown_refund:
      return "unknown_refund";
    case Applied::nothing:
      return "nothing";
  }
  return "nothing";
}

void Book::emit(db::Tx& tx, std::string_view type, RefundId id) {
  const auto refund = db::must_have(store::find(tx, id));
  services_.outbox.append(tx, outbox::Event(std::string(type), refund.order_id, to_json(refund)));
}

Result<Refund> Book::begin(db::Tx& tx, const Wish& wish) {
  auto pay_no = wish.pay_no;
  if (!pay_no) {
    const OrderId order_id = db::must_have(wish.order_id);
    if (!services_.orders.exists(tx, order_id)) return Error(Errc::order_not_found);
    pay_no = services_.payments.paid_of(tx, order_id);
    if (!pay_no) return Error(Errc::refund_exceeds_paid, "the order is not paid");
  }
  const auto received = services_.payments.find(tx, *pay_no);
  if (!received) return Error(Errc::payment_not_found);
  if (received->amount == 0) return Error(Errc::refund_exceeds_paid, "nothing was paid");
  const std::int64_t left = received->amount - store::sums(tx, *pay_no).committed();
  const std::int64_t amount = wish.amount.value_or(left);
  if (amount <= 0 || amount > left) return exceeds(left);
  if (!can_refund(*received))
    return Error(Errc::method_unavailable, "the account " + received->account_id +
                                               " has no refund for the method " + received->method);
  return record(tx, *received, amount, wish, asked_for);
}

bool Book::begin_by_itself(db::Tx& tx, PayNo pay_no, std::string_view cause) {
  const auto received = db::must_have(services_.payments.find(tx, pay_no));
  TOLLGATE_RULE(!received.of_order);
  const std::int64_t left = received.amount - store::sums(tx, pay_no).committed();
  if (left <= 0) return false;
  try {
    record(tx, received, left, {}, cause);
  } catch (const db::UniqueViolation&) {
    return false;
  }
  return true;
}

bool Book::can_refund(const Received& received) const {
  const auto account = services_.accounts.find(received.account_id);
  const auto* capability = account ? account->capability(received.method) : nullptr;
  return capability && capability->has(sdk::OperationKind::refund);
}

/// What the server gives back by itself was decided by its configuration.
bool Book::needs_approval(const Refund& refund) const {
  const auto limit = approval_over_.find(refund.currency);
  return refund.cause == asked_for && limit != approval_over_.end() &&
         refund.amount > limit->second;
}

Result<Refund> Book::approve(db::Tx& tx, RefundId id, const std::string& by) {
  return decide(tx, id, by, Approval::approved);
}

Result<Refund> Book::reject(db::Tx& tx, RefundId id, const std::string& by) {
  return decide(tx, id, by, Approval::rejected);
}

Result<Refund> Book::decide(db::Tx& tx, RefundId id, const std::string& by, Approval decision) {
  const auto refund = store::find(tx, id);
  if (!refund) return Error(Errc::refund_not_found);
  if (refund->approval == decision && refund->decided_by == by) return *refund;
  if (!refund->waits()) return Error(Errc::approval_not_needed);
  const bool approved = decision == Approval::approved;
  if (approved && refund->requested_by == by) return Error(Errc::second_key_required);
  TOLLGATE_RULE(store::decide(tx, id, decision, by));
  log::info(approved ? "refund.approved" : "refund.rejected",
            {{"refund_id", id}, {"order_id", refund->order_id}, {"key", by}});
  if (approved)
    services_.jobs.schedule(tx, refund_job, id.value(), services_.clock.now());
  else
    tell_failed(tx, *refund);
  return db::must_have(store::find(tx, id));
}

Refund Book::record(db::Tx& tx, const Received& received, std::int64_t amount, const Wish& wish,
                    std::string_view cause) {
  Refund refund;
  refund.refund_id = services_.ids.next_id<RefundId>();
  refund.pay_no = received.pay_no;
  refund.order_id = received.order_id;
  refund.account_id = received.account_id;
  refund.channel = received.channel;
  refund.method = received.method;
  refund.currency = received.currency;
  refund.amount = amount;
  refund.total = received.amount;
  refund.cause = cause;
  refund.reason = wish.reason;
  refund.channel_trade_no = received.channel_trade_no;
  if (!wish.by.empty()) refund.requested_by = wish.by;
  if (needs_approval(refund)) refund.approval = Approval::required;
  refund.created_at = services_.clock.now();
  store::insert(tx, refund);
  if (!received.of_order) services_.payments.late_money_moves(tx, refund.pay_no, "refunding");
  if (!refund.waits())
    services_.jobs.schedule_first(tx, refund_job, refund.refund_id.value(), refund.created_at);
  emit(tx, "refund.created", refund.refund_id);
  return refund;
}

Applied Book::apply(db::Tx& tx, const std::string& account_id, const News& news,
                    std::string_view source) {
  const auto id = RefundId::parse(news.refund_no);
  const auto refund = id ? store::find(tx, *id) : std::nullopt;
  const Applied applied = judge(tx, refund ? &*refund : nullptr, account_id, news);
  if (applied == Applied::nothing) {
    // A notice that proves nothing may still be a hint (Alipay's tell the sum of all refunds).
    const bool hint = source == "callback" && refund && refund->status == Status::pending;
    if (hint && !refund->waits())
      services_.jobs.schedule(tx, refund_job, refund->refund_id.value(), services_.clock.now());
    return applied;
  }
  const PayNo pay_no = refund ? refund->pay_no : PayNo();
  const OrderId order_id = refund ? refund->order_id : OrderId();
  tx.after_commit([this, account_id, news, source, applied, pay_no, order_id] {
    tell(account_id, news, source, applied, pay_no, order_id);
  });
  return applied;
}

/// Of what is durable, once.
void Book::tell(const std::string& account_id, const News& news, std::string_view source,
                Applied applied, PayNo pay_no, OrderId order_id) const {
  services_.metrics
      .counter("tollgate_refunds_settled_total", "What channels' answers did to refunds",
               {{"source", source}, {"result", to_string(applied)}})
      .add();
  const bool alarming = applied == Applied::mismatched || applied == Applied::foreign ||
                        applied == Applied::unknown_refund || applied == Applied::failed;
  log::write(alarming ? log::Level::error : log::Level::info, "refund.settled",
             {{"refund_no", news.refund_no},
              {"pay_no", pay_no},
              {"order_id", order_id},
              {"account_id", account_id},
              {"source", source},
              {"result", to_string(applied)},
              {"code", news.code}});
}

Applied Book::judge(db::Tx& tx, const Refund* refund, const std::string& account_id,
                    const News& news) {
  if (!refund) return Applied::unknown_refund;
  const bool ours = refund->account_id == account_id && !news.foreign &&
                    (news.pay_no.empty() || news.pay_no == refund->pay_no.str());
  if (!ours) return Applied::foreign;
  if (news.verdict == sdk::Verdict::succeeded) return succeed(tx, *refund, news);
  if (news.verdict == sdk::Verdict::failed && is_final(news.reason)) return fail(tx, *refund, news);
  return Applied::nothing;
}

Applied Book::succeed(db::Tx& tx, const Refund& refund, const News& news) {
  if (news.amount < 0) return Applied::nothing;  // the channel did not say how much: ask again
  const bool same_currency = news.currency.empty() || news.currency == refund.currency;
  if (news.amount != refund.amount || !same_currency) return Applied::mismatched;
  if (refund.status == Status::succeeded) return Applied::duplicate;
  const TimeMs at = news.time.ms > 0 ? news.time : services_.clock.now();
  TOLLGATE_RULE(
      store::mark_succeeded(tx, refund.refund_id, refund.status, news.channel_refund_no, at));
  services_.jobs.cancel(tx, refund_job, refund.refund_id.value());
  emit(tx, "refund.succeeded", refund.refund_id);
  const auto received = db::must_have(services_.payments.find(tx, refund.pay_no));
  const auto kind = received.of_order ? journal::Kind::refund : journal::Kind::refund_unmatched;
  const journal::Movement out{
      kind,         refund.pay_no, refund.refund_id.value(), refund.account_id, refund.currency,
      refund.amount};
  TOLLGATE_RULE(journal::post(tx, out, services_.clock.now()));
  if (received.of_order)
    services_.orders.refunded(tx, refund.order_id, refund.amount);
  else
    services_.payments.late_money_moves(tx, refund.pay_no, late_state(tx, received));
  return Applied::succeeded;
}

/// What becomes of money that no order took, after a part of it went back.
std::string_view Book::late_state(db::Tx& tx, const Received& received) const {
  const auto sums = store::sums(tx, received.pay_no);
  if (sums.succeeded >= received.amount) return "refunded";
  return sums.pending > 0 ? "refunding" : "held";
}

Applied Book::fail(db::Tx& tx, const Refund& refund, const News& news) {
  if (!store::mark_failed(tx, refund.refund_id, news.code)) return Applied::duplicate;
  services_.jobs.cancel(tx, refund_job, refund.refund_id.value());
  tell_failed(tx, refund);
  return Applied::failed;
}

void Book::tell_failed(db::Tx& tx, const Refund& refund) {
  emit(tx, "refund.failed", refund.refund_id);
  const auto received = db::must_have(services_.payments.find(tx, refund.pay_no));
  if (!received.of_order)
    services_.payments.late_money_moves(tx, refund.pay_no, late_state(tx, received));
}

}  // namespace tollgate::refund
