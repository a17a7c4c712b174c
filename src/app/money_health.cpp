#include "app/money_health.hpp"

#include <algorithm>
#include <numeric>

#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "journal/posting.hpp"
#include "outbox/deliveries.hpp"
#include "payment/late.hpp"
#include "payment/store.hpp"
#include "reconciliation/differences.hpp"
#include "reconciliation/store.hpp"
#include "reconciliation/totals.hpp"
#include "refund/store.hpp"

namespace tollgate::app {
namespace {

constexpr int bill_days = 90;

/// What a ledger holds is debited to the channel and credited elsewhere; shown as one would say it.
void write_journal(json::Writer& out, const journal::Ledgers& ledgers) {
  namespace ledger = journal::ledger;
  using journal::balance_of;
  out.key("journal").begin_object();
  out.field("paid", -balance_of(ledgers, ledger::orders));
  out.field("held", -balance_of(ledgers, ledger::held));
  out.field("refunded", balance_of(ledgers, ledger::refunds));
  out.field("fees", balance_of(ledgers, ledger::fees));
  out.field("at_channel", balance_of(ledgers, ledger::channel)).end_object();
}

struct BillsOfAccount {
  std::int64_t days = 0;
  reconciliation::Totals totals;
};

BillsOfAccount bills_of(db::Tx& tx, const std::string& account_id) {
  BillsOfAccount bills;
  for (const auto& totals : reconciliation::store::latest_totals(tx, account_id, bill_days))
    if (bills.totals.add_json(totals)) ++bills.days;
  return bills;
}

void write_bills(json::Writer& out, const BillsOfAccount& bills, const std::string& currency) {
  const auto at = bills.totals.by_currency().find(currency);
  const auto of =
      at == bills.totals.by_currency().end() ? reconciliation::Totals::OfCurrency() : at->second;
  out.key("bills").begin_object().field("days", bills.days);
  out.field("paid", of.theirs.paid).field("refunded", of.theirs.refunded).field("fees", of.fees);
  out.field("paid_here", of.ours.paid).field("refunded_here", of.ours.refunded).end_object();
}

void write_open(json::Writer& out, const payment::store::OpenByAge& open) {
  out.key("open_payments").begin_object().field("under_1h", open.under_1h);
  out.field("under_1d", open.under_1d).field("older", open.older).end_object();
}

}  // namespace

std::string_view to_string(Unexplained kind) {
  switch (kind) {
    case Unexplained::payments_unknown:
      return "payments_unknown";
    case Unexplained::late_money_held:
      return "late_money_held";
    case Unexplained::refunds_slow:
      return "refunds_slow";
    case Unexplained::deliveries_dead:
      return "deliveries_dead";
    case Unexplained::differences_open:
      return "differences_open";
    case Unexplained::reconciliations_failed:
      return "reconciliations_failed";
  }
  return "payments_unknown";
}

UnexplainedCounts count_unexplained(db::Tx& tx, TimeMs now) {
  UnexplainedCounts counts{};
  const auto set = [&](Unexplained kind, std::int64_t count) {
    counts.at(static_cast<std::size_t>(kind)) = count;
  };
  set(Unexplained::payments_unknown, payment::store::count_open(tx, now).older);
  set(Unexplained::late_money_held, payment::store::count_late(tx, payment::late_state::held));
  set(Unexplained::refunds_slow,
      refund::store::count_pending_before(tx, now.plus_ms(-MoneyHealth::slow_ms)));
  set(Unexplained::deliveries_dead, outbox::deliveries::count(tx, outbox::DeliveryStatus::dead));
  set(Unexplained::differences_open, reconciliation::differences::count_open(tx));
  set(Unexplained::reconciliations_failed, reconciliation::store::count_failed(tx));
  return counts;
}

MoneyHealth::MoneyHealth(db::Database& database, const Clock& clock, Metrics& metrics)
    : database_(database), clock_(clock) {
  metrics.gauge("tollgate_money_unexplained", "Rows of money that want a look, of all kinds",
                [this] {
                  return std::accumulate(
                      counts_.begin(), counts_.end(), std::int64_t{0},
                      [](std::int64_t sum, const auto& count) { return sum + count.load(); });
                });
}

void MoneyHealth::start(boost::asio::any_io_executor executor) {
  alarm_ = std::make_shared<outbox::Alarm>(executor);
  tasks_ = std::make_unique<outbox::TaskGroup>(executor);
  tasks_->spawn("money_health", run());
}

boost::asio::awaitable<void> MoneyHealth::stop() {
  stopping_ = true;
  alarm_->ring();
  co_await tasks_->join();
  co_await keep(1);
}

boost::asio::awaitable<void> MoneyHealth::run() {
  while (!stopping_) {
    try {
      co_await look();
    } catch (const std::exception& e) {  // the next round looks again
      log::error("app.money_health_failed", {{"error", e.what()}});
    }
    co_await alarm_->wait(every_ms);
  }
}

boost::asio::awaitable<void> MoneyHealth::look() {
  auto read = [&](db::Tx& tx) { return count_unexplained(tx, clock_.now()); };
  const auto counts = co_await database_.read(read);
  for (std::size_t i = 0; i < counts.size(); ++i) counts_.at(i) = counts.at(i);
  co_await follow_journal();
}

boost::asio::awaitable<void> MoneyHealth::follow_journal() {
  while (!stopping_) {
    const bool more = co_await read_on();
    co_await keep(more ? keep_underway : keep_at_end);
    if (!more) co_return;
  }
}

boost::asio::awaitable<bool> MoneyHealth::read_on() {
  std::optional<journal::Standing> standing;
  {
    const std::lock_guard lock(mutex_);
    standing = standing_;
  }
  const bool loads = !standing;
  std::int64_t loaded = 0;
  auto read = [&](db::Tx& tx) {
    if (loads) standing = journal::load(tx);
    loaded = standing->upto;
    return journal::read_on(tx, *standing, portion);
  };
  const bool more = co_await database_.read(read);
  const std::lock_guard lock(mutex_);
  if (loads) kept_ = std::max(kept_, loaded);
  // Another look may have come further meanwhile; both are right.
  if (!standing_ || standing_->upto < standing->upto) standing_ = std::move(standing);
  co_return more;
}

boost::asio::awaitable<void> MoneyHealth::keep(std::int64_t least) {
  journal::Standing standing;
  {
    const std::lock_guard lock(mutex_);
    if (keeping_ || !standing_ || standing_->upto - kept_ < least) co_return;
    keeping_ = true;
    standing = *standing_;
  }
  bool done = false;
  try {
    auto work = [&](db::Tx& tx) { return journal::keep(tx, standing); };
    done = co_await database_.write(work, db::Repeat::yes);
    if (!done) throw std::runtime_error("their last posting is gone");
  } catch (const std::exception& e) {  // a later look keeps them
    log::error("app.balances_not_kept", {{"error", e.what()}});
  }
  const std::lock_guard lock(mutex_);
  keeping_ = false;
  if (done) kept_ = standing.upto;
}

net::Awaitable<Result<net::Response>> MoneyHealth::show() {
  co_await follow_journal();
  journal::Balances balances;
  {
    const std::lock_guard lock(mutex_);
    if (standing_) balances = standing_->balances;
  }
  json::Writer out;
  auto read = [&](db::Tx& tx) {
    const TimeMs now = clock_.now();
    const auto counts = count_unexplained(tx, now);
    out.begin_object().field("checked_at", to_rfc3339(now)).key("unexplained").begin_object();
    for (const auto kind : unexplained_kinds)
      out.field(to_string(kind), counts.at(static_cast<std::size_t>(kind)));
    out.end_object();
    write_open(out, payment::store::count_open(tx, now));
    out.key("accounts").begin_array();
    for (const auto& [purse, ledgers] : balances) {
      out.begin_object().field("account_id", purse.first).field("currency", purse.second);
      write_journal(out, ledgers);
      write_bills(out, bills_of(tx, purse.first), purse.second);
      out.end_object();
    }
    out.end_array().end_object();
    return true;
  };
  co_await database_.read(read);
  co_return api::json_response(200, out.take());
}

std::vector<api::Route> MoneyHealth::routes() {
  return {{net::Method::get, "/v1/health/money", api::Access::admin,
           [this](api::Context&) { return show(); }}};
}

}  // namespace tollgate::app
