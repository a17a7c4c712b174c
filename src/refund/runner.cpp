#include "refund/runner.hpp"

#include <algorithm>

#include "base/fault.hpp"
#include "base/log.hpp"
#include "refund/store.hpp"

namespace tollgate::refund {
namespace {

constexpr int jitter_percent = 20;
constexpr std::int64_t balance_gap_ms = 600'000;       // the merchant must top up first
constexpr std::int64_t configuration_gap_ms = 60'000;  // an operator must mend something first
constexpr std::int64_t longest_wait_s = 3'600;

bool is_foreign(const channel::Account& account, const sdk::Outcome& outcome) {
  return !outcome.receiver.empty() && !channel::Driver::receiver_matches(account, outcome);
}

/// Whether the channel may have the refund after this answer. Only its own word that it has not
/// makes it be sent again, under the same number.
bool may_be_there(sdk::OperationKind kind, const sdk::Outcome& outcome) {
  if (kind == sdk::OperationKind::refund) return outcome.verdict != sdk::Verdict::retry;
  return outcome.reason != sdk::Reason::not_found;
}

}  // namespace

News news_of(const sdk::Outcome& o, bool foreign) {
  News news;
  news.verdict = o.verdict;
  news.reason = o.reason;
  news.refund_no = o.refund_no;
  news.pay_no = o.pay_no;
  news.channel_refund_no = o.channel_refund_no;
  news.currency = o.currency;
  news.code = o.channel_code;
  news.message = o.channel_message;
  news.amount = o.refund_amount;
  news.time = {o.time_ms};
  news.foreign = foreign;
  return news;
}

Runner::Runner(Options options, Services services)
    : options_(std::move(options)), services_(services) {
  TOLLGATE_ASSERT(!options_.query_gaps_s.empty());
}

sdk::OperationInput Runner::input_of(const Refund& r, sdk::OperationKind kind) const {
  sdk::OperationInput input;
  input.kind = kind;
  input.method = r.method;
  input.pay_no = r.pay_no.str();
  input.refund_no = r.refund_id.str();
  input.channel_trade_no = r.channel_trade_no;
  input.channel_refund_no = r.channel_refund_no.value_or("");
  input.amount = r.amount;
  input.total = r.total;
  input.currency = r.currency;
  input.reason = r.reason.value_or("");
  input.notify_url = options_.public_url + "/callbacks/" + r.account_id;
  input.created_ms = r.created_at.ms;
  return input;
}

/// How long until the next look.
TimeMs Runner::next(const outbox::Job& job, const sdk::Outcome& outcome) {
  const auto& gaps = options_.query_gaps_s;
  const auto at = std::min(static_cast<std::size_t>(job.attempt), gaps.size() - 1);
  std::int64_t gap_ms = services_.random.jitter(gaps[at] * 1000, jitter_percent);
  if (outcome.reason == sdk::Reason::balance) gap_ms = std::max(gap_ms, balance_gap_ms);
  if (outcome.reason == sdk::Reason::configuration) gap_ms = std::max(gap_ms, configuration_gap_ms);
  const auto asked_ms = std::clamp<std::int64_t>(outcome.retry_after_s, 0, longest_wait_s) * 1000;
  return services_.clock.now().plus_ms(std::max(gap_ms, asked_ms));
}

boost::asio::awaitable<outbox::JobResult> Runner::run(const outbox::Job& job) {
  const RefundId id(job.subject);
  auto read = [&](db::Tx& tx) { return store::find(tx, id); };
  const auto refund = co_await services_.database.read(read);
  if (!refund || refund->status != Status::pending || refund->waits()) co_return std::nullopt;
  const auto kind =
      refund->at_channel ? sdk::OperationKind::query_refund : sdk::OperationKind::refund;
  const auto outcome = co_await ask_channel(*refund, kind);
  if (!outcome) co_return next(job, sdk::Outcome(sdk::Verdict::retry, sdk::Reason::configuration));
  const auto after = co_await services_.database.read(read);
  if (after->status != Status::pending) co_return std::nullopt;
  co_return next(job, *outcome);
}

boost::asio::awaitable<std::optional<sdk::Outcome>> Runner::ask(RefundId id) {
  auto read = [&](db::Tx& tx) { return store::find(tx, id); };
  const auto refund = co_await services_.database.read(read);
  if (!refund) co_return std::nullopt;
  const auto account = services_.accounts.find(refund->account_id);
  const auto* capability = account ? account->capability(refund->method) : nullptr;
  const bool can = capability && capability->has(sdk::OperationKind::query_refund);
  if (!can) co_return std::nullopt;  // sending it again would ask, but might also refund
  co_return co_await ask_channel(*refund, sdk::OperationKind::query_refund);
}

/// One operation: intent → channel → outcome, applied. Nothing where it cannot be asked for: the
/// account or the component is missing.
boost::asio::awaitable<std::optional<sdk::Outcome>> Runner::ask_channel(const Refund& refund,
                                                                        sdk::OperationKind kind) {
  const auto account = services_.accounts.find(refund.account_id);
  const auto* capability = account ? account->capability(refund.method) : nullptr;
  // A channel that cannot be asked about a refund knows it by its number: sending it again asks.
  if (capability && !capability->has(kind)) kind = sdk::OperationKind::refund;
  if (!capability || !capability->has(kind)) {
    log::error("refund.account_missing",
               {{"refund_id", refund.refund_id}, {"account_id", refund.account_id}});
    co_return std::nullopt;
  }
  auto call = services_.driver.begin(account, *capability, input_of(refund, kind));
  if (!call) co_return std::nullopt;
  auto intend = [&](db::Tx& tx) {
    store::set_at_channel(tx, refund.refund_id, true);
    call->record_intent(tx);
    return true;
  };
  co_await services_.database.write(intend);
  fault::point("refund.intent_committed");
  const sdk::Outcome outcome = co_await call->run();
  fault::point("refund.outcome_received");
  auto conclude = [&](db::Tx& tx) {
    call->record_outcome(tx);
    store::set_at_channel(tx, refund.refund_id, may_be_there(kind, outcome));
    News news = news_of(outcome, is_foreign(*account, outcome));
    if (news.refund_no.empty()) news.refund_no = refund.refund_id.str();
    services_.book.apply(tx, refund.account_id, news,
                         kind == sdk::OperationKind::refund ? "refund" : "query");
    return true;
  };
  co_await services_.database.write(conclude);
  fault::point("refund.outcome_committed");
  co_return outcome;
}

}  // namespace tollgate::refund
