#include "app/audit.hpp"

#include <algorithm>
#include <set>

#include "app/confirmed.hpp"
#include "app/sealer.hpp"
#include "base/money.hpp"

namespace tollgate::app {
namespace {

using journal::Broken;
using journal::Kind;

constexpr int postings_at_once = 5'000;
constexpr int seals_at_once = 20;
constexpr int rows_at_once = 1'000;

const db::Sql count_events{"SELECT COUNT(*) FROM events WHERE id > :after"};

std::string show(std::int64_t amount, const std::string& currency) {
  const auto known = Currency::parse(currency);
  const std::string figure =
      known ? Money(amount, *known).to_decimal() : std::to_string(amount) + " units of";
  return figure + " " + currency;
}

std::string show(const ConfirmedRefund& refund) {
  return show(refund.amount, refund.currency) + " of " + refund.account_id;
}

/// The journal's word about one attempt.
struct Posted {
  std::map<journal::Purse, std::int64_t> received;
  std::map<RefundId, ConfirmedRefund> refunds;
  std::int64_t to_orders = 0, held = 0;
  bool corrected = false;

  void add(const journal::Posting& p) {
    const std::int64_t amount = p.amount;
    const auto is = [&](Kind kind) { return p.kind == journal::row_of(kind).word; };
    if (is(Kind::payment) || is(Kind::payment_unmatched))
      received[{p.account_id, p.currency}] += amount;
    if (is(Kind::payment_corrected)) received[{p.account_id, p.currency}] -= amount;
    corrected = corrected || is(Kind::payment_corrected);
    if (is(Kind::refund) || is(Kind::refund_unmatched))
      refunds[RefundId(p.number)] = {p.account_id, p.currency, amount};
    if (p.credit == journal::ledger::orders) to_orders += amount;
    if (p.credit == journal::ledger::held) held += amount;
    if (p.debit == journal::ledger::held) held -= amount;
  }
  void forget_zeros() {
    std::erase_if(received, [](const auto& each) { return each.second == 0; });
  }
};

std::string show(const std::map<journal::Purse, std::int64_t>& received) {
  std::string text;
  for (const auto& [purse, amount] : received)
    text += (text.empty() ? "" : " and ") + show(amount, purse.second) + " of " + purse.first;
  return text.empty() ? "no money" : text;
}

std::optional<Broken> compare_refunds(const ConfirmedAttempt& row, const Posted& posted) {
  std::set<RefundId> all;
  for (const auto& [id, refund] : row.refunds) all.insert(id);
  for (const auto& [id, refund] : posted.refunds) all.insert(id);
  for (const RefundId id : all) {
    const auto at = posted.refunds.find(id);
    const auto here = row.refunds.find(id);
    const std::string says = at == posted.refunds.end() ? "no such posting" : show(at->second);
    const std::string found =
        here == row.refunds.end() ? "no refund that succeeded" : show(here->second);
    if (says != found) return Broken{"refund " + id.str(), says + " in the journal", found};
  }
  return std::nullopt;
}

std::optional<Broken> compare(PayNo pay_no, const ConfirmedAttempt& row, const Posted& posted) {
  const std::string name = "payment " + pay_no.str();
  std::map<journal::Purse, std::int64_t> received;
  if (row.amount > 0) received[{row.account_id, row.currency}] = row.amount;
  if (received != posted.received)
    return Broken{name, show(posted.received) + " in the journal", show(received) + " confirmed"};
  // After a correction money may have gone back from what was held that its order then took.
  if (!posted.corrected && row.of_order && posted.held != 0)
    return Broken{name, "held in the journal", "it paid its order"};
  if (!posted.corrected && !row.of_order && posted.to_orders != 0)
    return Broken{name, "paid to its order in the journal", "it did not pay its order"};
  return compare_refunds(row, posted);
}

/// Attempts and their refunds behind `after`, both ways; moves it on.
std::optional<Broken> check_attempts(db::Tx& tx, PayNo& after) {
  auto rows = confirmed_after(tx, after, rows_at_once);
  std::map<PayNo, Posted> posted;
  for (const auto& posting : journal::of_attempts(tx, after, rows.last))
    posted[posting.pay_no].add(posting);
  for (auto& [pay_no, each] : posted) each.forget_zeros();
  for (const auto& [pay_no, each] : posted) rows.attempts.try_emplace(pay_no);
  for (const auto& [pay_no, row] : rows.attempts)
    if (auto broken = compare(pay_no, row, posted[pay_no])) return broken;
  after = rows.last;
  return std::nullopt;
}

std::optional<Broken> check_order(const AuditedOrder& o) {
  const std::string name = "order " + o.id.str();
  const bool paid = o.status == "paid" || o.status == "refunded";
  if (paid != (o.posted > 0))
    return Broken{name, (o.posted > 0 ? "paid" : "not paid") + std::string(" in the journal"),
                  o.status};
  if (paid && o.releases == 0 && o.posted != o.amount)
    return Broken{name, show(o.posted, o.currency) + " in the journal",
                  "an amount of " + show(o.amount, o.currency)};
  if (o.posted_refunds != o.amount_refunded)
    return Broken{name, show(o.posted_refunds, o.currency) + " refunded in the journal",
                  "an amount_refunded of " + show(o.amount_refunded, o.currency)};
  return std::nullopt;
}

void check_orders(db::Database& database, AuditReport& report) {
  OrderId after;
  bool more = true;
  while (more && !report.broken) {
    const auto orders =
        database.read_blocking([&](db::Tx& tx) { return orders_after(tx, after, rows_at_once); });
    for (const auto& order : orders) {
      report.broken = check_order(order);
      if (report.broken) return;
    }
    more = !orders.empty();
    if (more) after = orders.back().id;
  }
}

std::int64_t balance(const journal::Balances& balances, const journal::Purse& purse,
                     const std::string& ledger) {
  const auto ledgers = balances.find(purse);
  return ledgers == balances.end() ? 0 : journal::balance_of(ledgers->second, ledger);
}

/// The kept balances against those of a walk that has come to their mark, or to the end before it.
std::optional<Broken> compare(const journal::Kept& kept, const journal::PostingsWalk& walk) {
  const std::string last = "posting " + std::to_string(kept.upto);
  if (walk.head.id < kept.upto)
    return Broken{"the kept balances", last + ", up to which they go", "no such posting"};
  if (walk.head.hash != kept.hash)
    return Broken{"the kept balances", last + " with the hash " + kept.hash,
                  "hash " + walk.head.hash};
  auto all = walk.balances;
  for (const auto& [purse, ledgers] : kept.balances)
    all[purse].insert(ledgers.begin(), ledgers.end());
  for (const auto& [purse, ledgers] : all)
    for (const auto& [ledger, any] : ledgers) {
      const std::int64_t counted = balance(walk.balances, purse, ledger);
      const std::int64_t found = balance(kept.balances, purse, ledger);
      if (counted != found)
        return Broken{"the kept balance of " + ledger + " of " + purse.first,
                      show(counted, purse.second) + " in the journal up to " + last,
                      show(found, purse.second)};
    }
  return std::nullopt;
}

/// Walks to the end; answers how the kept balances differ.
std::optional<Broken> check_postings(db::Database& database, journal::PostingsWalk& walk) {
  // Read once: a server may keep others meanwhile.
  const auto kept = database.read_blocking([](db::Tx& tx) { return journal::kept(tx); });
  const auto walk_on = [&](std::int64_t limit) {
    const auto step = static_cast<int>(std::min<std::int64_t>(limit, postings_at_once));
    return database.read_blocking([&](db::Tx& tx) { return walk_postings(tx, walk, step); });
  };
  std::optional<Broken> differs;
  if (kept) {
    while (walk.head.id < kept->upto && walk_on(kept->upto - walk.head.id)) continue;
    if (!walk.broken) differs = compare(*kept, walk);
  }
  while (!walk.broken && walk_on(postings_at_once)) continue;
  return differs;
}

void check_seals(db::Database& database, AuditReport& report) {
  const auto source = outbox_events();
  const auto seals = [&](db::Tx& tx) {
    return walk_seals(tx, source, report.seals, seals_at_once);
  };
  while (database.read_blocking(seals)) continue;
  report.broken = report.seals.broken;
  if (report.broken || report.seals.noted.empty() || report.seals.noted_at) return;
  report.broken = Broken{"the end of the chain", "a seal with the hash " + report.seals.noted,
                         "none: rows at the end are gone, or the chain was written anew"};
}

}  // namespace

AuditReport audit(db::Database& database, const std::string& noted) {
  AuditReport report;
  report.seals.noted = noted;
  auto kept_differ = check_postings(database, report.postings);
  report.broken = report.postings.broken;
  if (!report.broken) check_seals(database, report);
  PayNo after;
  while (!report.broken && after != PayNo(INT64_MAX))
    report.broken = database.read_blocking([&](db::Tx& tx) { return check_attempts(tx, after); });
  if (!report.broken) check_orders(database, report);
  if (!report.broken) report.broken = std::move(kept_differ);  // least: a cache
  if (!report.broken)
    report.unsealed_events = database.read_blocking([&](db::Tx& tx) {
      return tx.value<std::int64_t>(count_events, report.seals.last.last_event).value_or(0);
    });
  return report;
}

}  // namespace tollgate::app
