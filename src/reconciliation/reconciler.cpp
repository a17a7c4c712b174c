#include "reconciliation/reconciler.hpp"

#include <algorithm>
#include <array>

#include "base/fault.hpp"
#include "base/log.hpp"
#include "reconciliation/store.hpp"

namespace tollgate::reconciliation {
namespace {

constexpr std::array<std::int64_t, 7> gaps_s{5, 30, 60, 300, 600, 1'800, 3'600};
constexpr int fetch_tries_max = 60;  // two days and a half
constexpr int ask_tries_max = 8;     // an hour and a half
constexpr int jitter_percent = 20;
constexpr std::int64_t day_s = 86'400;
constexpr std::int64_t longest_wait_s = 6 * 3'600;
/// Days that a server which was down catches up with.
constexpr int catch_up_days = 3;

Error no_bills(const channel::Account& account) {
  return Error(Errc::method_unavailable,
               "the channel " + account.channel() + " has no bills to be fetched");
}

}  // namespace

Reconciler::Reconciler(Options options, Services s)
    : options_(options),
      services_(s),
      fetcher_(s.database, s.driver, options.bill_lines_max),
      matcher_({s.database, s.ids, s.clock, s.payments, s.refunds}),
      asker_({s.database, s.clock, s.payments, s.refunds}) {}

Result<Reconciliation> Reconciler::begin(db::Tx& tx, const std::string& account_id,
                                         const std::string& date) {
  const auto account = services_.accounts.find(account_id);
  if (!account) return Error(Errc::account_not_found);
  const auto day = day_of(date, account->bill_utc_offset_s());
  if (!day) return invalid_field("/date", "must be a date like 2026-11-20");
  if (day->from.ms > services_.clock.now().ms)
    return invalid_field("/date", "the day has not begun at the channel");
  if (!account->capability_of(sdk::OperationKind::fetch_bill)) return no_bills(*account);
  return begin_day(tx, *account, *day);
}

Result<Reconciliation> Reconciler::begin_day(db::Tx& tx, const channel::Account& account,
                                             const Day& day) {
  const TimeMs now = services_.clock.now();
  auto r = store::find_day(tx, account.id(), day.date);
  if (!r) {
    r.emplace();
    r->id = services_.ids.next_id<ReconciliationId>();
    r->account_id = account.id();
    r->channel = account.channel();
    r->day = day;
    r->created_at = now;
    store::insert(tx, *r);
  } else if (r->status != Status::pending) {
    r->status = Status::pending;
    r->stage = Stage::fetch;
    r->tries = 0;
    r->failure_code.reset();
    r->completed_at.reset();
    store::update(tx, *r);
  }
  services_.jobs.schedule(tx, reconcile_job, r->id.value(), now, true);
  return *std::move(r);
}

Result<Difference> Reconciler::resolve(db::Tx& tx, DifferenceId id, const std::string& note) {
  auto difference = differences::find(tx, id);
  if (!difference) return Error(Errc::difference_not_found);
  differences::resolve(tx, *difference, Resolution::resolved, difference->asked, note,
                       services_.clock.now());
  return *differences::find(tx, id);
}

boost::asio::awaitable<void> Reconciler::save(const Reconciliation& r) {
  auto work = [&](db::Tx& tx) {
    store::update(tx, r);
    return true;
  };
  co_await services_.database.write(work);
}

outbox::JobResult Reconciler::again(int tries, std::int64_t at_least_s) {
  const auto at = std::min(static_cast<std::size_t>(std::max(tries - 1, 0)), gaps_s.size() - 1);
  const auto gap_ms = services_.random.jitter(gaps_s[at] * 1000, jitter_percent);
  const auto least_ms = std::clamp<std::int64_t>(at_least_s, 0, longest_wait_s) * 1000;
  return services_.clock.now().plus_ms(std::max(gap_ms, least_ms));
}

boost::asio::awaitable<outbox::JobResult> Reconciler::run(const outbox::Job& job) {
  const ReconciliationId id(job.subject);
  auto read = [&](db::Tx& tx) { return store::find(tx, id); };
  auto r = co_await services_.database.read(read);
  while (r && r->status == Status::pending) {
    const auto account = services_.accounts.find(r->account_id);
    outbox::JobResult later;
    if (!account || !account->capability_of(sdk::OperationKind::fetch_bill)) {
      co_await end(*r, Status::failed, "account_missing");
    } else if (r->stage == Stage::fetch) {
      later = co_await fetch(*r, account);
    } else if (r->stage == Stage::match) {
      later = co_await match(*r, account);
    } else {
      later = co_await ask(*r);
    }
    if (later) co_return later;
  }
  co_return std::nullopt;
}

boost::asio::awaitable<outbox::JobResult> Reconciler::fetch(
    Reconciliation& r, std::shared_ptr<channel::Account> account) {
  const sdk::Outcome outcome = co_await fetch_both(r, std::move(account));
  if (outcome.verdict == sdk::Verdict::succeeded) {
    r.stage = Stage::match;
    r.tries = 0;
    co_await save(r);
    fault::point("reconcile.bill_kept");
    co_return std::nullopt;
  }
  log::warn("reconciliation.bill_not_fetched", {{"account_id", r.account_id},
                                                {"date", r.day.date},
                                                {"code", outcome.channel_code},
                                                {"message", outcome.channel_message}});
  const std::string code = outcome.channel_code.empty() ? "no_bill" : outcome.channel_code;
  const bool is_final = outcome.verdict == sdk::Verdict::failed || ++r.tries >= fetch_tries_max;
  if (is_final) {
    co_await end(r, Status::failed, code);
    co_return std::nullopt;
  }
  r.failure_code = code;
  co_await save(r);
  co_return again(r.tries, outcome.retry_after_s);
}

/// The bill of trades, and that of funds where the channel has one.
boost::asio::awaitable<sdk::Outcome> Reconciler::fetch_both(
    Reconciliation& r, std::shared_ptr<channel::Account> account) {
  sdk::Outcome outcome = co_await fetcher_.fetch(r, account);
  if (outcome.verdict != sdk::Verdict::succeeded) co_return outcome;
  sdk::Outcome funds = co_await fetcher_.fetch_funds(r, std::move(account));
  const bool later =
      funds.verdict != sdk::Verdict::succeeded && funds.verdict != sdk::Verdict::failed;
  co_return later ? funds : outcome;
}

boost::asio::awaitable<outbox::JobResult> Reconciler::match(
    Reconciliation& r, std::shared_ptr<channel::Account> account) {
  r.failure_code.reset();
  const auto failure = co_await matcher_.match(r, account->fee_ppm());
  if (failure) {
    co_await end(r, Status::failed, *failure);
    co_return std::nullopt;
  }
  co_await matcher_.settle_waiting(r);
  r.stage = Stage::ask;
  r.tries = 0;
  co_await save(r);
  fault::point("reconcile.matched");
  co_return std::nullopt;
}

boost::asio::awaitable<outbox::JobResult> Reconciler::ask(Reconciliation& r) {
  const bool give_up = r.tries + 1 >= ask_tries_max;
  const bool all = co_await asker_.ask(r.account_id, give_up);
  fault::point("reconcile.asked");
  if (!all) {
    ++r.tries;
    co_await save(r);
    co_return again(r.tries, 0);
  }
  co_await end(r, Status::completed, "");
  co_return std::nullopt;
}

boost::asio::awaitable<void> Reconciler::end(Reconciliation& r, Status status,
                                             std::string failure_code) {
  r.status = status;
  r.stage = Stage::done;
  r.completed_at = services_.clock.now();
  r.failure_code = failure_code.empty() ? std::nullopt : std::optional(failure_code);
  differences::Counts counts;
  auto work = [&](db::Tx& tx) {
    store::update(tx, r);
    counts = differences::count(tx, r.id);
    services_.outbox.append(
        tx, outbox::Event("reconciliation.completed", OrderId(), summary_json(r, counts)));
    return true;
  };
  co_await services_.database.write(work);
  services_.metrics
      .counter("tollgate_reconciliations_total", "Bills laid against our books",
               {{"account", r.account_id}, {"status", to_string(status)}})
      .add();
  const bool alarming = status == Status::failed || counts.open > 0;
  log::write(alarming ? log::Level::error : log::Level::info, "reconciliation.completed",
             {{"account_id", r.account_id},
              {"date", r.day.date},
              {"status", to_string(status)},
              {"lines", r.lines},
              {"differences", counts.all},
              {"open", counts.open},
              {"failure_code", failure_code}});
}

TimeMs Reconciler::next_daily(TimeMs now) const {
  const std::int64_t today_s = now.ms / 1000 / day_s * day_s;
  const TimeMs today{(today_s + options_.daily_at_s) * 1000};
  return today.ms > now.ms ? today : today.plus_s(day_s);
}

void Reconciler::schedule_daily(db::Tx& tx) {
  if (!options_.daily) return services_.jobs.cancel(tx, daily_job, 0);
  services_.jobs.schedule(tx, daily_job, 0, next_daily(services_.clock.now()));
}

/// Yesterday and what was missed before it; also what somebody asked for while the day still ran.
void Reconciler::begin_due_days(db::Tx& tx, const channel::Account& account, TimeMs now) {
  const auto first = store::first_date(tx, account.id());
  for (int back = catch_up_days; back >= 1; --back) {
    const Day day = day_at(now.plus_s(-back * day_s), account.bill_utc_offset_s());
    const auto r = store::find_day(tx, account.id(), day.date);
    // Without an earlier one there is nothing to catch up with: the books begin now.
    const bool missing = !r && (back == 1 || (first && *first < day.date));
    const bool too_early = r && r->completed_at && r->completed_at->ms < day.until.ms;
    if (missing || too_early) TOLLGATE_ASSERT(begin_day(tx, account, day).has_value());
  }
}

boost::asio::awaitable<outbox::JobResult> Reconciler::run_daily(const outbox::Job&) {
  const TimeMs now = services_.clock.now();
  for (const auto& account : services_.accounts.all()) {
    if (!account->capability_of(sdk::OperationKind::fetch_bill)) continue;
    auto work = [&](db::Tx& tx) {
      begin_due_days(tx, *account, now);
      return true;
    };
    co_await services_.database.write(work);
  }
  co_return next_daily(services_.clock.now());
}

}  // namespace tollgate::reconciliation
