// Capturing: the buyer approved at the channel, and the money moves when we ask for it.
#include "base/fault.hpp"
#include "payment/attempts.hpp"
#include "payment/store.hpp"

namespace tollgate::payment {
namespace {

struct Taken {
  Payment payment;
  TimeMs order_expires_at;
};

/// The order still waits for money, and nobody is about to end it.
bool takes_money(const std::optional<PayableOrder>& order, TimeMs now) {
  return order && order->unpaid && order->expires_at > now && order->closing_until <= now;
}

/// Keeps what the channel gave for the rest of the attempt, which is taken no more. Where nobody
/// knows whether the money moves, the attempt stays taken to the end of its time: whoever would
/// close it waits for the channel to be done with the capture (P5).
void conclude(db::Tx& tx, const Payment& taken, const sdk::Outcome& outcome) {
  const bool refused = outcome.reason == sdk::Reason::configuration;  // not even tried
  if (outcome.verdict == sdk::Verdict::unknown && !refused) return;
  const bool has_action = outcome.action != sdk::ActionType::none && !outcome.material.empty();
  if (has_action)  // the buyer's means of paying was declined: back to the channel, for another
    store::set_action(tx, taken, {outcome.action, outcome.material, {outcome.material_expires_ms}},
                      outcome.state);
  else if (!outcome.state.empty())
    store::set_state(tx, taken, outcome.state);
  else
    store::give_back(tx, taken.pay_no, taken.calling_until);
}

}  // namespace

/// The attempt is taken from before the channel is asked until its answer is applied: whoever
/// closes it, or ends the order, waits. Where the process dies meanwhile, or the answer is lost,
/// the query finds out: the channel captures once, however often it is asked.
boost::asio::awaitable<void> Attempts::capture(PayNo pay_no) {
  auto take = [&](db::Tx& tx) -> std::optional<Taken> {
    const TimeMs now = services_.clock.now();
    auto payment = store::find(tx, pay_no);
    if (!payment) return std::nullopt;
    const auto order = services_.orders.find(tx, payment->order_id);
    if (!takes_money(order, now)) return std::nullopt;
    payment->calling_until = now.plus_ms(options_.channel_timeout_ms + lease_margin_ms);
    if (!store::take(tx, pay_no, now, payment->calling_until)) return std::nullopt;
    return Taken{std::move(*payment), order->expires_at};
  };
  const auto taken = co_await services_.database.write(take);
  if (!taken) co_return;
  fault::point("capture.taken");
  const sdk::Outcome outcome =
      co_await operate(taken->payment, sdk::OperationKind::capture, taken->order_expires_at);
  auto settle = [&](db::Tx& tx) {
    conclude(tx, taken->payment, outcome);
    return apply(tx, pay_no, outcome, "capture").paid;
  };
  fault::point("capture.captured_at_channel");
  co_await services_.database.write(settle);
  fault::point("capture.after_commit");
}

/// Once: what it could not do, the query does.
boost::asio::awaitable<outbox::JobResult> Attempts::run_capture_job(const outbox::Job& job) {
  co_await capture(PayNo(job.subject));
  co_return std::nullopt;
}

}  // namespace tollgate::payment
