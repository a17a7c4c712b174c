// Starting an attempt: tx1 intent → the channel → tx2 outcome.
#include "base/fault.hpp"
#include "base/json_reader.hpp"
#include "payment/attempts.hpp"
#include "payment/refusals.hpp"
#include "payment/store.hpp"

namespace tollgate::payment {
namespace {

/// Why an order takes no payment now; nothing where it does.
std::optional<Error> refusal(const std::optional<PayableOrder>& order, TimeMs now) {
  if (!order) return Error(Errc::order_not_found);
  if (order->paid) return Error(Errc::order_already_paid);
  if (!order->unpaid) return Error(Errc::order_closed, "the order is " + order->status);
  if (order->expires_at <= now) return Error(Errc::order_closed, "the order has expired");
  if (order->closing_until > now) return in_progress();
  return std::nullopt;
}

/// What the method needs beyond the order.
std::optional<Error> missing(const channel::Capability& capability, const StartRequest& request) {
  json::Errors errors;
  if ((capability.needs & TG_NEEDS_OPENID) && request.openid.empty())
    errors.add("/payer/openid", "is needed for " + capability.method);
  if ((capability.needs & TG_NEEDS_CLIENT_IP) && request.client_ip.empty())
    errors.add("/client_ip", "is needed for " + capability.method);
  if (errors.empty()) return std::nullopt;
  return errors.take();
}

Error unavailable(const sdk::Outcome& outcome) {
  return Error(Errc::channel_unavailable,
               outcome.channel_code.empty()
                   ? "the channel gave no usable answer"
                   : "the channel gave no usable answer (" + outcome.channel_code + ")");
}

/// The attempt as its caller may have it. A call that took too long finds that the attempt was
/// closed without it, or that somebody is closing it: what the channel gave is not to be paid with.
Result<Payment> as_started(const Payment& now, TimeMs taken_until) {
  if (now.status == Status::closed || now.status == Status::failed)
    return Error(Errc::payment_closed, "the payment was closed before the channel answered");
  const bool by_another = now.calling_until.ms != 0 && now.calling_until != taken_until;
  if (now.status == Status::pending && by_another) return in_progress();
  return now;
}

}  // namespace

struct Attempts::Checked {
  PayableOrder order;
  std::optional<Payment> open;  ///< The attempt that must be closed first.
  channel::Choice choice;
};

struct Attempts::Prepared {
  Payment payment;
  channel::Call call;
  std::shared_ptr<channel::Account> account;
  Once* once = nullptr;
};

/// Whether the order takes a payment and who would serve it.
boost::asio::awaitable<Result<Attempts::Checked>> Attempts::check(const StartRequest& request) {
  using Seen = std::pair<std::optional<PayableOrder>, std::optional<Payment>>;
  auto look = [&](db::Tx& tx) -> Result<Seen> {
    if (request.once)
      if (auto free = request.once->look(tx); !free) return free.error();
    return Seen(services_.orders.find(tx, request.order_id),
                store::find_open(tx, request.order_id));
  };
  TOLLGATE_CO_TRY(auto seen, co_await services_.database.read(look));
  auto& [order, open] = seen;
  if (auto refused = refusal(order, services_.clock.now())) co_return std::move(*refused);
  channel::Wish wish(request.method, order->amount.currency());
  wish.account_id = request.account_id;
  wish.channel = request.channel;
  wish.amount = order->amount.amount_minor();
  auto choice = services_.accounts.choose(wish);
  if (!choice) co_return choice.error();
  if (auto lacking = missing(*choice->capability, request)) co_return std::move(*lacking);
  co_return Checked{*std::move(order), std::move(open), *choice};
}

Result<Attempts::Prepared> Attempts::prepare(const StartRequest& request, const Checked& checked) {
  const auto& [order, open, choice] = checked;
  const TimeMs now = services_.clock.now();
  Payment payment;
  payment.pay_no = services_.ids.next_id<PayNo>();
  payment.order_id = order.id;
  payment.account_id = choice.account->id();
  payment.channel = choice.account->channel();
  payment.method = request.method;
  payment.amount = order.amount.amount_minor();
  payment.currency = std::string(order.amount.currency().code());
  payment.return_url = request.return_url;
  payment.created_at = now;
  payment.calling_until = now.plus_ms(options_.channel_timeout_ms + lease_margin_ms);

  sdk::OperationInput input = input_of(payment, sdk::OperationKind::pay);
  input.description = order.description;
  input.notify_url = options_.public_url + "/callbacks/" + payment.account_id;
  input.return_url = order.return_page;
  input.cancel_url = order.return_page;
  input.client_ip = request.client_ip;
  input.openid = request.openid;
  input.expires_ms = order.expires_at.ms;
  TOLLGATE_TRY(auto call, services_.driver.begin(choice.account, *choice.capability, input));
  call.trace(request.traceparent);
  return Prepared{std::move(payment), std::move(call), choice.account, request.once};
}

boost::asio::awaitable<Result<Payment>> Attempts::start(StartRequest request) {
  auto checked = co_await check(request);
  if (!checked) co_return checked.error();
  if (checked->open) {
    const auto made = co_await make_room(request, checked->open->pay_no);
    if (!made) co_return made.error();
  }
  auto prepared = prepare(request, *checked);
  if (!prepared) co_return prepared.error();
  co_return co_await place(std::move(*prepared));
}

/// Closes the open attempt. The channel is called here before there is an intent that could claim,
/// so the claim has a unit of its own.
boost::asio::awaitable<Result<void>> Attempts::make_room(const StartRequest& request, PayNo open) {
  if (request.once) {
    auto claim = [&](db::Tx& tx) { return request.once->claim(tx); };
    const auto claimed = co_await services_.database.write(claim, db::Repeat::yes);
    if (!claimed) co_return claimed.error();
    fault::point("payment.start_claimed");
  }
  co_return co_await close(open, false);
}

Result<void> Attempts::intend(db::Tx& tx, Prepared& prepared) {
  const Payment& payment = prepared.payment;
  if (prepared.once)
    if (auto claimed = prepared.once->claim(tx); !claimed) return claimed;
  const TimeMs now = services_.clock.now();
  if (auto refused = refusal(services_.orders.find(tx, payment.order_id), now))
    return std::move(*refused);
  try {
    store::insert(tx, payment);
  } catch (const db::UniqueViolation&) {
    return in_progress();
  }
  prepared.call.record_intent(tx);
  services_.jobs.schedule_first(tx, query_job, payment.pay_no.value(), next_query(0, now));
  services_.outbox.append(
      tx, outbox::Event("payment.created", payment.order_id, services_.settler.json(payment)));
  return {};
}

boost::asio::awaitable<Result<Payment>> Attempts::place(Prepared prepared) {
  const Payment& payment = prepared.payment;
  auto tx1 = [&](db::Tx& tx) { return intend(tx, prepared); };
  const auto intended = co_await services_.database.write(tx1, db::Repeat::yes);
  if (!intended) co_return intended.error();
  fault::point("payment.intent_committed");
  const sdk::Outcome outcome = co_await prepared.call.run();
  fault::point("payment.outcome_received");
  if (prepared.once) services_.settler.draw_ahead(outcome);
  // Not a unit that answers an error: what the channel said must be kept also when the caller is
  // refused.
  auto tx2 = [&](db::Tx& tx) {
    prepared.call.record_outcome(tx);
    const bool matches = channel::Driver::receiver_matches(*prepared.account, outcome);
    auto started = finish_start(tx, payment, outcome, matches);
    if (prepared.once) prepared.once->keep(tx, started);
    return std::make_optional(std::move(started));
  };
  auto concluded = co_await services_.database.write(tx2, db::Repeat::yes);
  fault::point("payment.outcome_committed");
  co_return std::move(*concluded);
}

Result<Payment> Attempts::finish_start(db::Tx& tx, const Payment& payment,
                                       const sdk::Outcome& outcome, bool receiver_matches) {
  const bool has_material = outcome.action != sdk::ActionType::none && !outcome.material.empty();
  switch (outcome.verdict) {
    case sdk::Verdict::pending:
    case sdk::Verdict::succeeded:
      if (outcome.verdict == sdk::Verdict::succeeded && outcome.amount >= 0)
        services_.settler.apply(tx, payment.pay_no, payment.account_id,
                                fact_of(outcome, receiver_matches), "pay");
      if (!has_material) break;
      store::set_action(tx, payment,
                        {outcome.action, outcome.material, {outcome.material_expires_ms}},
                        outcome.state);
      return as_started(*store::find(tx, payment.pay_no), payment.calling_until);
    case sdk::Verdict::failed:
      if (outcome.reason == sdk::Reason::already_paid) break;
      services_.settler.end(tx, payment.pay_no, Status::failed, outcome.channel_code);
      return Error(Errc::channel_refused, outcome.channel_code + ": " + outcome.channel_message);
    case sdk::Verdict::retry:
      services_.settler.end(tx, payment.pay_no, Status::failed, outcome.channel_code);
      return busy_channel(outcome);
    case sdk::Verdict::unknown:
      break;
  }
  store::give_back(tx, payment.pay_no, payment.calling_until);
  return unavailable(outcome);
}

}  // namespace tollgate::payment
