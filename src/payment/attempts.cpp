#include "payment/attempts.hpp"

#include <algorithm>

#include "base/fault.hpp"
#include "base/log.hpp"
#include "payment/refusals.hpp"
#include "payment/store.hpp"

namespace tollgate::payment {
namespace {

constexpr int operations_while_closing = 3;  // query, close, confirm
constexpr int query_jitter_percent = 20;
/// After the first look a minute past the end; the last one is 25 h after it (P5).
constexpr std::array watch_gaps_s{600LL, 3'600LL, 21'600LL, 64'200LL};
/// A last look that the channel did not answer is none: it is repeated this often, for a week.
constexpr std::int64_t unanswered_gap_s = 3'600;
constexpr std::size_t unanswered_looks_max = 168;

bool is_paid(const std::optional<Payment>& payment) {
  return payment && payment->status == Status::paid;
}

/// Nothing where the channel spoke of the trade; otherwise why the question was not answered.
std::optional<Error> unanswered(const sdk::Outcome& outcome) {
  switch (outcome.verdict) {
    case sdk::Verdict::pending:
    case sdk::Verdict::succeeded:
      return std::nullopt;
    case sdk::Verdict::failed:
      if (outcome.reason == sdk::Reason::none || outcome.reason == sdk::Reason::closed)
        return std::nullopt;
      break;
    case sdk::Verdict::retry:
      return busy_channel(outcome);
    case sdk::Verdict::unknown:
      break;
  }
  return Error(Errc::channel_unavailable, "the channel gave no usable answer");
}

Error not_closed() {
  return Error(Errc::channel_unavailable, "the payment could not be closed at the channel");
}

/// The channel says that a trade is over, but of somebody else: ours is not.
bool ends_another(const sdk::Outcome& answer, Settled settled) {
  return answer.verdict == sdk::Verdict::failed && settled == Settled::foreign;
}

/// What an attempt that is open no more, or that another holds, answers to whoever would close it.
Result<void> close_of_untaken(const Payment& payment) {
  if (payment.status == Status::pending) return in_progress();
  if (payment.status == Status::paid) return Error(Errc::order_already_paid);
  return {};
}

}  // namespace

Attempts::Attempts(Options options, Services services)
    : options_(std::move(options)), services_(services) {
  TOLLGATE_ASSERT(!options_.query_gaps_s.empty());
}

sdk::OperationInput Attempts::input_of(const Payment& p, sdk::OperationKind kind) const {
  sdk::OperationInput input;
  input.kind = kind;
  input.method = p.method;
  input.pay_no = p.pay_no.str();
  input.channel_trade_no = p.channel_trade_no.value_or("");
  input.amount = p.amount;
  input.total = p.amount;
  input.currency = p.currency;
  input.state = p.channel_state;
  input.created_ms = p.created_at.ms;
  return input;
}

TimeMs Attempts::next_query(int attempt, TimeMs now) {
  const auto& gaps = options_.query_gaps_s;
  const auto at = std::min(static_cast<std::size_t>(attempt), gaps.size() - 1);
  return now.plus_ms(services_.random.jitter(gaps[at] * 1000, query_jitter_percent));
}

boost::asio::awaitable<std::optional<Payment>> Attempts::read(PayNo pay_no) {
  auto find = [&](db::Tx& tx) { return store::find(tx, pay_no); };
  co_return co_await services_.database.read(find);
}

/// One operation on an existing attempt, its exchanges recorded. unknown where the account or the
/// component is missing.
boost::asio::awaitable<sdk::Outcome> Attempts::operate(Payment payment, sdk::OperationKind kind,
                                                       TimeMs expires_at) {
  const auto account = services_.accounts.find(payment.account_id);
  const auto* capability = account ? account->capability(payment.method) : nullptr;
  if (!capability) {
    log::error("payment.account_missing",
               {{"pay_no", payment.pay_no}, {"account_id", payment.account_id}});
    co_return sdk::Outcome(sdk::Verdict::unknown, sdk::Reason::configuration);
  }
  sdk::OperationInput input = input_of(payment, kind);
  input.expires_ms = expires_at.ms;
  auto call = services_.driver.begin(account, *capability, std::move(input));
  if (!call) co_return sdk::Outcome(sdk::Verdict::unknown, sdk::Reason::configuration);
  auto intend = [&](db::Tx& tx) {
    call->record_intent(tx);
    return true;
  };
  co_await services_.database.write(intend, db::Repeat::yes);
  sdk::Outcome outcome = co_await call->run();
  auto conclude = [&](db::Tx& tx) {
    call->record_outcome(tx);
    return true;
  };
  co_await services_.database.write(conclude, db::Repeat::yes);
  co_return outcome;
}

Attempts::Applied Attempts::apply(db::Tx& tx, PayNo pay_no, const sdk::Outcome& outcome,
                                  std::string_view source) {
  const auto payment = store::find(tx, pay_no);
  const auto account = services_.accounts.find(payment->account_id);
  const bool matches = account && channel::Driver::receiver_matches(*account, outcome);
  const Settled settled =
      services_.settler.apply(tx, pay_no, payment->account_id, fact_of(outcome, matches), source);
  return {settled, is_paid(store::find(tx, pay_no))};
}

boost::asio::awaitable<Attempts::Applied> Attempts::settle_now(PayNo pay_no,
                                                               const sdk::Outcome& outcome,
                                                               std::string_view source) {
  auto work = [&](db::Tx& tx) { return apply(tx, pay_no, outcome, source); };
  fault::point("settle.before_commit");
  const Applied applied = co_await services_.database.write(work);
  fault::point("settle.after_commit");
  co_return applied;
}

boost::asio::awaitable<Result<Payment>> Attempts::query(PayNo pay_no) {
  const auto payment = co_await read(pay_no);
  if (!payment) co_return Error(Errc::payment_not_found);
  if (payment->status == Status::paid) co_return *payment;
  const sdk::Outcome outcome = co_await operate(*payment, sdk::OperationKind::query);
  const Applied applied = co_await settle_now(pay_no, outcome, "query");
  if (auto refused = unanswered(outcome)) co_return std::move(*refused);
  if (applied.settled == Settled::approved) co_await capture(pay_no);
  const auto now = co_await read(pay_no);
  co_return *now;
}

boost::asio::awaitable<Result<sdk::Outcome>> Attempts::ask(PayNo pay_no) {
  const auto payment = co_await read(pay_no);
  if (!payment) co_return Error(Errc::payment_not_found);
  sdk::Outcome outcome = co_await operate(*payment, sdk::OperationKind::query);
  co_await settle_now(pay_no, outcome, "query");
  co_return outcome;
}

boost::asio::awaitable<Result<void>> Attempts::close(PayNo pay_no, bool ask_first) {
  auto take = [&](db::Tx& tx) {
    const TimeMs now = services_.clock.now();
    const TimeMs until =
        now.plus_ms(operations_while_closing * options_.channel_timeout_ms + lease_margin_ms);
    const bool taken = store::take(tx, pay_no, now, until);
    return std::make_pair(taken, store::find(tx, pay_no));
  };
  auto [taken, payment] = co_await services_.database.write(take);
  if (!payment) co_return Result<void>();
  if (!taken) co_return close_of_untaken(*payment);
  fault::point("close.taken");
  const Result<void> closed = co_await close_taken(*payment, ask_first);
  if (!closed && closed.error().code != Errc::order_already_paid) {
    auto give_back = [&](db::Tx& tx) {
      store::give_back(tx, pay_no, payment->calling_until);
      return true;
    };
    co_await services_.database.write(give_back);
  }
  co_return closed;
}

/// query → close → confirm. Only the channel's word closes an attempt.
boost::asio::awaitable<Result<void>> Attempts::close_taken(Payment payment, bool ask_first) {
  const PayNo pay_no = payment.pay_no;
  const auto account = services_.accounts.find(payment.account_id);
  const auto* capability = account ? account->capability(payment.method) : nullptr;
  if (!capability) co_return not_closed();
  const bool can_close = capability->has(sdk::OperationKind::close);
  sdk::Outcome answer(sdk::Verdict::pending);
  if (ask_first || !can_close) {
    answer = co_await operate(payment, sdk::OperationKind::query);
    const Applied applied = co_await settle_now(pay_no, answer, "query");
    if (applied.paid) co_return Error(Errc::order_already_paid);
    if (ends_another(answer, applied.settled)) co_return not_closed();
    if (auto refused = unanswered(answer)) co_return std::move(*refused);
  }
  if (answer.verdict == sdk::Verdict::pending && can_close) {
    const sdk::Outcome closed = co_await operate(payment, sdk::OperationKind::close);
    fault::point("close.closed_at_channel");
    answer = co_await operate(payment, sdk::OperationKind::query);
    const Applied applied = co_await settle_now(pay_no, answer, "close");
    if (applied.paid) co_return Error(Errc::order_already_paid);
    if (ends_another(answer, applied.settled)) co_return not_closed();
    const bool said_closed = closed.verdict == sdk::Verdict::succeeded ||
                             (answer.verdict == sdk::Verdict::failed && !unanswered(answer));
    const bool never_there =
        closed.reason == sdk::Reason::not_found && answer.reason == sdk::Reason::not_found;
    if (!said_closed && !never_there) {
      if (closed.verdict == sdk::Verdict::retry) co_return busy_channel(closed);
      co_return not_closed();
    }
  }
  auto end = [&](db::Tx& tx) {
    // Paid, but not to be applied (another receiver): an operator must look, nothing may be closed.
    if (answer.verdict != sdk::Verdict::succeeded)
      services_.settler.end(tx, pay_no, Status::closed, "");
    return store::find(tx, pay_no)->status;
  };
  fault::point("close.before_commit");
  const Status ended = co_await services_.database.write(end);
  fault::point("close.after_commit");
  switch (ended) {
    case Status::paid:
      co_return Error(Errc::order_already_paid);
    case Status::pending:
      co_return not_closed();
    case Status::closed:
    case Status::failed:
      break;
  }
  co_return Result<void>();
}

boost::asio::awaitable<Result<void>> Attempts::close_open(OrderId id) {
  auto find = [&](db::Tx& tx) { return store::find_open(tx, id); };
  const auto open = co_await services_.database.read(find);
  if (!open) co_return Result<void>();
  co_return co_await close(open->pay_no, true);
}

boost::asio::awaitable<outbox::JobResult> Attempts::run_query_job(const outbox::Job& job) {
  const PayNo pay_no(job.subject);
  const auto asked = co_await query(pay_no);
  const auto payment = asked ? std::optional<Payment>(*asked) : co_await read(pay_no);
  if (!payment || payment->status != Status::pending) co_return std::nullopt;
  co_return next_query(job.attempt + 1, services_.clock.now());
}

boost::asio::awaitable<outbox::JobResult> Attempts::run_watch_job(const outbox::Job& job) {
  const PayNo pay_no(job.subject);
  const auto payment = co_await read(pay_no);
  if (!payment || payment->status != Status::closed) co_return std::nullopt;
  const auto asked = co_await query(pay_no);
  if (asked && asked->status == Status::paid) co_return std::nullopt;
  const auto look = static_cast<std::size_t>(job.attempt);
  const TimeMs now = services_.clock.now();
  if (look < watch_gaps_s.size()) co_return now.plus_s(watch_gaps_s[look]);
  if (asked) co_return std::nullopt;
  if (look < watch_gaps_s.size() + unanswered_looks_max) co_return now.plus_s(unanswered_gap_s);
  log::error("payment.watch_unanswered", {{"pay_no", pay_no}});
  co_return std::nullopt;
}

boost::asio::awaitable<outbox::JobResult> Attempts::run_close_job(const outbox::Job& job) {
  const auto closed = co_await close(PayNo(job.subject), true);
  if (closed || closed.error().code == Errc::order_already_paid) co_return std::nullopt;
  const bool by_another = closed.error().code == Errc::payment_in_progress;
  co_return services_.clock.now().plus_s(by_another ? 1 : 30);
}

}  // namespace tollgate::payment
