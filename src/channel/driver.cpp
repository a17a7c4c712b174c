#include "channel/driver.hpp"

#include "base/utf8.hpp"
#include "channel/driver_impl.hpp"
#include "channel/exchange_store.hpp"
#include "channel/exchanger.hpp"
#include "channel/mask.hpp"
#include "channel/words.hpp"

namespace tollgate::channel {
namespace {

constexpr std::size_t what_points = 256;
constexpr std::size_t bill_page_bytes = 16 * 1024 * 1024;
constexpr std::size_t bill_stream_bytes = 4'000'000'000;

/// Operations after which the channel's state may have changed.
bool changes_state(sdk::OperationKind kind) {
  return kind == sdk::OperationKind::pay || kind == sdk::OperationKind::capture ||
         kind == sdk::OperationKind::close || kind == sdk::OperationKind::refund;
}

ExchangeOwner owner_of(const Account& account, const sdk::OperationInput& input) {
  return {PayNo::parse(input.pay_no).value_or(PayNo()), RefundId::parse(input.refund_no),
          account.id(), input.kind};
}

}  // namespace

sdk::Outcome broken_outcome(std::string what) {
  sdk::Outcome outcome(sdk::Verdict::unknown, sdk::Reason::plugin_exception);
  outcome.channel_code = "plugin_exception";
  outcome.channel_message = utf8_prefix(repair_utf8(what), what_points);
  return outcome;
}

struct Call::Impl {
  Driver::Impl& driver;
  sdk::OperationInput input;
  ExchangeOwner owner;
  Dialogue dialogue;
  Exchanger exchanger;
  Step step;
  sdk::Outcome outcome;
  bool intent_recorded = false;
  bool started = false;

  Impl(Driver::Impl& d, std::shared_ptr<Account> account, sdk::OperationInput in)
      : driver(d),
        input(std::move(in)),
        owner(owner_of(*account, input)),
        dialogue(std::move(account)),
        exchanger(dialogue, d.client, d.ids, d.clock),
        step(dialogue.begin(input, d.clock.now())) {
    const auto* request = std::get_if<sdk::Request>(&step);
    if (!request) return;
    // What must not be sent is not put on record as sent either.
    if (auto why = forbidden(*request))
      step = Broken{*std::move(why)};
    else
      exchanger.prepare(*request);
  }

  OperationView view() const {
    return {dialogue.account(), input.kind, input.pay_no, input.refund_no,
            std::holds_alternative<sdk::Request>(step)};
  }

  net::Awaitable<sdk::Outcome> run(LineSink lines);
  net::Awaitable<sdk::Outcome> execute(LineSink lines);
  Bounds bounds() const;
  sdk::Outcome settle(Step end) const;
};

net::Awaitable<sdk::Outcome> Call::Impl::run(LineSink lines) {
  TOLLGATE_ASSERT(!started);
  started = true;
  const auto began_ms = driver.clock.steady_ms();
  auto seen = view();
  std::size_t entered = 0;
  if (auto refusal = driver.chain.before(seen, dialogue.account(), entered)) {
    outcome = *std::move(refusal);
  } else {
    outcome = co_await execute(std::move(lines));
  }
  if (const auto* last = exchanger.last_sent()) {
    seen.transport = last->transport;
    seen.status = last->status;
  }
  seen.duration_ms = driver.clock.steady_ms() - began_ms;
  driver.chain.finish(seen, dialogue.account(), outcome, entered);
  co_return outcome;
}

Bounds Call::Impl::bounds() const {
  const auto one_ms = driver.options.channel_timeout_ms;
  if (input.kind != sdk::OperationKind::fetch_bill) return {one_ms, one_ms};
  return {driver.options.bill_timeout_ms, one_ms, bill_page_bytes, bill_stream_bytes,
          max_bill_sends};
}

net::Awaitable<sdk::Outcome> Call::Impl::execute(LineSink lines) {
  std::string what = "an exception without a text";
  try {
    auto end = co_await exchanger.run(std::move(step), bounds(), std::move(lines));
    co_return settle(std::move(end));
  } catch (const std::exception& e) {
    what = e.what();
  } catch (...) {  // what is not a std::exception has no text
  }
  co_return broken_outcome(std::move(what));
}

sdk::Outcome Call::Impl::settle(Step end) const {
  if (auto* broken = std::get_if<Broken>(&end)) return broken_outcome(std::move(broken->what));
  auto& told = std::get<sdk::Outcome>(end);
  if (told.reason == sdk::Reason::plugin_exception)
    return broken_outcome(mask_text(told.channel_message));
  const auto* last = exchanger.last_sent();
  const bool in_doubt = last && last->transport == sdk::Transport::maybe_sent;
  const bool denies = told.verdict == sdk::Verdict::failed || told.verdict == sdk::Verdict::retry;
  if (in_doubt && denies && changes_state(input.kind))
    told.verdict = sdk::Verdict::unknown;  // it may have been done: ask, do not believe
  return std::move(told);
}

Call::Call(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Call::Call(Call&&) noexcept = default;
Call& Call::operator=(Call&&) noexcept = default;
Call::~Call() = default;

void Call::trace(std::string traceparent) {
  impl_->exchanger.trace(std::move(traceparent));
}

void Call::record_intent(db::Tx& tx) {
  const auto& exchanges = impl_->exchanger.exchanges();
  if (exchanges.empty()) return;
  insert_exchange(tx, impl_->owner, exchanges.front(), "");
  impl_->intent_recorded = true;
}

boost::asio::awaitable<sdk::Outcome> Call::run() {
  return impl_->run({});
}

boost::asio::awaitable<sdk::Outcome> Call::run(LineSink lines) {
  return impl_->run(std::move(lines));
}

void Call::record_outcome(db::Tx& tx) {
  if (!impl_->started) return;
  const auto& exchanges = impl_->exchanger.exchanges();
  for (std::size_t i = 0; i < exchanges.size(); ++i) {
    const bool last = i + 1 == exchanges.size();
    const auto verdict = last ? to_string(impl_->outcome.verdict) : "continued";
    if (i == 0 && impl_->intent_recorded)
      complete_exchange(tx, exchanges[i], verdict);
    else
      insert_exchange(tx, impl_->owner, exchanges[i], verdict);
  }
}

Driver::Driver(DriverOptions options, net::HttpClient& client, db::Database& database,
               Snowflake& ids, const Clock& clock, Metrics& metrics)
    : impl_(new Impl{options, client, database, ids, clock, metrics, {}}) {}
Driver::~Driver() = default;

void Driver::add_handler(std::unique_ptr<OperationHandler> handler) {
  impl_->chain.add(std::move(handler));
}

Result<Call> Driver::begin(std::shared_ptr<Account> account, const Capability& capability,
                           sdk::OperationInput input) {
  const std::string kind(to_string(input.kind));
  if (!capability.has(input.kind))
    return Error(Errc::method_unavailable, "the account " + account->id() + " has no " + kind +
                                               " for the method " + capability.method);
  const bool fits = capability.takes(input.currency) &&
                    (capability.amount_max == 0 || input.amount <= capability.amount_max);
  if (input.kind == sdk::OperationKind::pay && !fits)
    return Error(Errc::method_unavailable, "the account " + account->id() + " does not take this " +
                                               "currency or amount by the method " +
                                               capability.method);
  return Call(std::make_unique<Call::Impl>(*impl_, std::move(account), std::move(input)));
}

bool Driver::receiver_matches(const Account& account, const sdk::Outcome& outcome) {
  return !outcome.receiver.empty() && outcome.receiver == account.receiver();
}

}  // namespace tollgate::channel
