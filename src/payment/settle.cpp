#include "payment/settle.hpp"

#include "base/log.hpp"
#include "db/must_have.hpp"
#include "payment/store.hpp"

namespace tollgate::payment {
namespace {

constexpr std::int64_t first_watch_ms = 60'000;

/// Nothing changes; what it makes of the attempt is for whoever asked, or for follow_up().
Settled look_at_pending(const Payment& p, const Fact& fact) {
  if (fact.reason == sdk::Reason::already_paid && p.status != Status::paid) return Settled::hinted;
  if (fact.reason != sdk::Reason::authorised || p.status != Status::pending)
    return Settled::nothing;
  const bool told = fact.amount >= 0;
  if (told && (fact.amount != p.amount || fact.currency != p.currency)) return Settled::foreign;
  return Settled::approved;
}

}  // namespace

std::string_view to_string(Settled settled) {
  switch (settled) {
    case Settled::paid:
      return "paid";
    case Settled::late:
      return "late";
    case Settled::duplicate:
      return "duplicate";
    case Settled::mismatched:
      return "mismatched";
    case Settled::foreign:
      return "foreign";
    case Settled::unknown_trade:
      return "unknown_trade";
    case Settled::closed:
      return "closed";
    case Settled::failed:
      return "failed";
    case Settled::approved:
      return "approved";
    case Settled::hinted:
      return "hinted";
    case Settled::nothing:
      return "nothing";
  }
  return "nothing";
}

std::string Settler::json(const Payment& payment) const {
  return to_json(payment, services_.qr_png, services_.clock.now());
}

void Settler::draw_ahead(const sdk::Outcome& outcome) const {
  if (outcome.action == sdk::ActionType::qr) services_.qr_png(outcome.material);
}

void Settler::emit(db::Tx& tx, std::string_view type, PayNo pay_no) {
  const auto payment = db::must_have(store::find(tx, pay_no));
  services_.outbox.append(tx, outbox::Event(std::string(type), payment.order_id, json(payment)));
}

Settled Settler::apply(db::Tx& tx, PayNo pay_no, const std::string& account_id, const Fact& fact,
                       std::string_view source) {
  const auto payment = store::find(tx, pay_no);
  Settled settled = Settled::nothing;
  if (!payment) {
    settled = Settled::unknown_trade;
  } else if (payment->account_id != account_id ||
             (!fact.pay_no.empty() && fact.pay_no != pay_no.str()) || fact.of_another) {
    settled = Settled::foreign;
  } else if (fact.verdict == sdk::Verdict::succeeded) {
    settled = apply_paid(tx, *payment, fact);
  } else if (fact.verdict == sdk::Verdict::failed && payment->status == Status::pending) {
    // Any other reason speaks of the question (rights, keys, frequency), not of the trade.
    const bool closed = fact.reason == sdk::Reason::closed;
    const bool is_final = closed || fact.reason == sdk::Reason::none;
    if (is_final && end(tx, pay_no, closed ? Status::closed : Status::failed, fact.code))
      settled = closed ? Settled::closed : Settled::failed;
  } else if (fact.verdict == sdk::Verdict::pending) {
    settled = look_at_pending(*payment, fact);
  }
  if (settled == Settled::nothing) return settled;
  const OrderId order = payment ? payment->order_id : OrderId();
  tx.after_commit(
      [this, pay_no, order, account_id, source, settled, trade_no = fact.channel_trade_no] {
        tell(pay_no, order, account_id, source, settled, trade_no);
      });
  return settled;
}

/// Of what is durable, once.
void Settler::tell(PayNo pay_no, OrderId order_id, const std::string& account_id,
                   std::string_view source, Settled settled, const std::string& trade_no) const {
  services_.metrics
      .counter("tollgate_payments_settled_total", "What channels' answers did to attempts",
               {{"source", source}, {"result", to_string(settled)}})
      .add();
  const bool alarming = settled == Settled::late || settled == Settled::mismatched ||
                        settled == Settled::foreign || settled == Settled::unknown_trade;
  log::write(alarming ? log::Level::error : log::Level::info, "payment.settled",
             {{"pay_no", pay_no},
              {"order_id", order_id},
              {"account_id", account_id},
              {"source", source},
              {"result", to_string(settled)},
              {"channel_trade_no", trade_no}});
}

Settled Settler::apply_paid(db::Tx& tx, const Payment& p, const Fact& fact) {
  if (!fact.receiver_matches) return Settled::foreign;
  if (fact.amount < 0) return Settled::nothing;  // the channel did not say how much: ask again
  if (fact.amount != p.amount || fact.currency != p.currency) return apply_mismatch(tx, p, fact);
  if (p.status == Status::paid) {
    if (p.channel_trade_no && !fact.channel_trade_no.empty() &&
        *p.channel_trade_no != fact.channel_trade_no)
      log::error("payment.paid_twice", {{"pay_no", p.pay_no},
                                        {"first", *p.channel_trade_no},
                                        {"second", fact.channel_trade_no}});
    return Settled::duplicate;
  }
  const TimeMs paid_at = fact.time.ms > 0 ? fact.time : services_.clock.now();
  TOLLGATE_RULE(store::mark_paid(tx, p.pay_no, p.status, fact.channel_trade_no, paid_at));
  services_.jobs.cancel(tx, query_job, p.pay_no.value());
  services_.jobs.cancel(tx, watch_job, p.pay_no.value());
  if (services_.orders.mark_paid(tx, p.order_id, paid_at)) {
    post_income(tx, p, true);
    emit(tx, "payment.paid", p.pay_no);
    close_other(tx, p.order_id);
    return Settled::paid;
  }
  return apply_late(tx, p, fact, paid_at);
}

LateMoney Settler::late_money(const Payment& p, const Fact& fact, const std::string& why) const {
  LateMoney money;
  money.pay_no = p.pay_no;
  money.order_id = p.order_id;
  money.amount = fact.amount;
  money.currency = fact.currency;
  money.why = why;
  money.policy = to_string(services_.late_policy);
  money.state = late_state::held;
  money.channel_trade_no = fact.channel_trade_no;
  money.created_at = services_.clock.now();
  return money;
}

/// The attempt is paid, its order did not take the money.
Settled Settler::apply_late(db::Tx& tx, const Payment& p, const Fact& fact, TimeMs paid_at) {
  const auto order = services_.orders.find(tx, p.order_id);
  LateMoney money = late_money(p, fact, order ? order->status : "no_order");
  // What was told before, of another amount, may be on its way back.
  const bool told_before = store::find_late(tx, p.pay_no).has_value();
  if (services_.late_policy == LatePolicy::accept && !told_before &&
      services_.orders.take_late(tx, p.order_id, paid_at)) {
    money.state = late_state::accepted;
    post_income(tx, p, true);
    store::record_late(tx, money);
    emit(tx, "payment.paid", p.pay_no);
    return Settled::paid;
  }
  post_income(tx, p, false);
  store::mark_late(tx, p.pay_no, true);
  if (!store::record_late(tx, money)) store::correct_late(tx, money);
  emit(tx, "payment.late", p.pay_no);
  if (services_.late_policy != LatePolicy::hold)
    services_.refunds.give_back(tx, p.pay_no, cause_of(money));
  return Settled::late;
}

/// The channel says that the attempt's amount came in; `p` is the attempt as it was before. What
/// the channel said of another amount is taken back.
void Settler::post_income(db::Tx& tx, const Payment& p, bool order_takes_it) {
  const TimeMs now = services_.clock.now();
  const auto post = [&](journal::Kind kind, int number, std::int64_t amount,
                        const std::string& currency) {
    const journal::Movement m{kind, p.pay_no, number, p.account_id, currency, amount};
    TOLLGATE_RULE(journal::post(tx, m, now));
  };
  const auto said = p.status == Status::pending ? std::nullopt : store::find_late(tx, p.pay_no);
  if (!said || said->amount == 0) {
    using enum journal::Kind;
    return post(order_takes_it ? payment : payment_unmatched, 0, p.amount, p.currency);
  }
  post(journal::Kind::payment_corrected, 0, said->amount, said->currency);
  post(journal::Kind::payment_unmatched, 1, p.amount, p.currency);
  if (order_takes_it) post_release(tx, p);
}

/// Its order takes what is still held.
void Settler::post_release(db::Tx& tx, const Payment& p) {
  const std::int64_t left = journal::held(tx, p.pay_no, p.currency);
  if (left <= 0) return;
  const journal::Movement m{journal::Kind::released, p.pay_no, 0, p.account_id, p.currency, left};
  TOLLGATE_RULE(journal::post(tx, m, services_.clock.now()));
}

Result<LateMoney> Settler::accept_late(db::Tx& tx, PayNo pay_no) {
  auto money = store::find_late(tx, pay_no);
  if (!money) return Error(Errc::payment_not_found, "no money of this payment came late");
  if (money->state != late_state::held)
    return Error(Errc::order_closed, "the money is " + money->state);
  const auto payment = db::must_have(store::find(tx, pay_no));
  if (payment.status == Status::paid &&
      journal::held(tx, pay_no, payment.currency) < payment.amount)
    return Error(Errc::order_closed, "a part of the money has gone back");
  if (payment.status != Status::paid || !payment.late ||
      !services_.orders.take_late(tx, money->order_id, db::must_have(payment.paid_at)))
    return Error(Errc::order_closed, "the order cannot take the money any more");
  post_release(tx, payment);
  store::mark_late(tx, pay_no, false);
  store::set_late_state(tx, pay_no, late_state::accepted);
  emit(tx, "payment.paid", pay_no);
  money->state = late_state::accepted;
  return std::move(*money);
}

/// An attempt that was replaced has decided the order after all: the one that replaced it must not
/// be paid too.
void Settler::close_other(db::Tx& tx, OrderId id) {
  if (const auto other = store::find_open(tx, id))
    services_.jobs.schedule(tx, close_job, other->pay_no.value(), services_.clock.now());
}

Settled Settler::apply_mismatch(db::Tx& tx, const Payment& p, const Fact& fact) {
  log::error("payment.mismatched", {{"pay_no", p.pay_no},
                                    {"ordered", p.amount},
                                    {"ordered_currency", p.currency},
                                    {"reported", fact.amount},
                                    {"reported_currency", fact.currency}});
  if (p.status == Status::pending) {
    TOLLGATE_RULE(store::mark_over(tx, p.pay_no, Status::failed, "amount_mismatch"));
    services_.jobs.cancel(tx, query_job, p.pay_no.value());
  }
  const LateMoney money = late_money(p, fact, "amount_mismatch");
  if (!store::record_late(tx, money)) return Settled::duplicate;
  // Of an attempt that was paid as ordered it is another word about the same money, not more of it.
  if (p.status != Status::paid && money.amount > 0) {
    const journal::Movement in{
        journal::Kind::payment_unmatched, p.pay_no, 0, p.account_id, money.currency, money.amount};
    TOLLGATE_RULE(journal::post(tx, in, money.created_at));
  }
  emit(tx, "payment.mismatched", p.pay_no);
  // An attempt that was paid as ordered and is then reported otherwise is for an operator to see.
  if (p.status != Status::paid && services_.late_policy != LatePolicy::hold)
    services_.refunds.give_back(tx, p.pay_no, cause_of(money));
  if (services_.orders.mark_failed(tx, p.order_id)) close_other(tx, p.order_id);
  return Settled::mismatched;
}

void Settler::follow_up(db::Tx& tx, PayNo pay_no, Settled settled) {
  if (settled != Settled::approved && settled != Settled::hinted) return;
  const auto job = settled == Settled::approved ? capture_job : query_job;
  services_.jobs.schedule(tx, job, pay_no.value(), services_.clock.now());
}

bool Settler::end(db::Tx& tx, PayNo pay_no, Status to, const std::string& failure_code) {
  if (!store::mark_over(tx, pay_no, to, failure_code)) return false;
  services_.jobs.cancel(tx, query_job, pay_no.value());
  if (to == Status::closed)
    services_.jobs.schedule(tx, watch_job, pay_no.value(),
                            services_.clock.now().plus_ms(first_watch_ms));
  emit(tx, to == Status::closed ? "payment.closed" : "payment.failed", pay_no);
  return true;
}

}  // namespace tollgate::payment
