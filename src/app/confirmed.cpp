#include "app/confirmed.hpp"

#include "base/log.hpp"
#include "journal/posting.hpp"

namespace tollgate::app {
namespace {

constexpr int portion_rows = 1'000;

// Money in another amount is in late_payments alone, its attempt is not paid.
const db::Sql select_attempts{
    "SELECT p.pay_no, p.account_id, p.status = 'paid', p.late, "
    "CASE WHEN p.status = 'paid' THEN p.currency ELSE l.currency END, "
    "CASE WHEN p.status = 'paid' THEN p.amount ELSE l.amount END "
    "FROM payments p LEFT JOIN late_payments l ON l.pay_no = p.pay_no "
    "WHERE p.pay_no > :after AND (p.status = 'paid' OR l.pay_no IS NOT NULL) "
    "ORDER BY p.pay_no LIMIT :limit"};
const db::Sql select_refunds{
    "SELECT pay_no, refund_id, account_id, currency, amount FROM refunds "
    "WHERE pay_no > :after AND pay_no <= :last AND status = 'succeeded'"};
const db::Sql select_orders{
    "SELECT o.id, o.status, o.currency, o.amount, o.amount_refunded, "
    "COALESCE(SUM(CASE WHEN j.credit = 'orders' THEN j.amount END), 0), "
    "COALESCE(SUM(CASE WHEN j.debit = 'refunds' THEN j.amount END), 0), "
    "COALESCE(SUM(CASE WHEN j.kind = 'released' THEN 1 END), 0) "
    "FROM (SELECT id, status, currency, amount, amount_refunded FROM orders "
    "WHERE id > :after ORDER BY id LIMIT :limit) o "
    "LEFT JOIN payments p ON p.order_id = o.id "
    "LEFT JOIN postings j ON j.pay_no = p.pay_no AND j.currency = o.currency "
    "GROUP BY o.id, o.status, o.currency, o.amount, o.amount_refunded ORDER BY o.id"};

/// What is to be posted for one attempt, as if there had been a journal all the time.
std::int64_t post_all(db::Tx& tx, PayNo pay_no, const ConfirmedAttempt& a, TimeMs now) {
  using journal::Kind;
  std::int64_t count = 0;
  const auto post = [&](Kind kind, std::int64_t number, const auto& row) {
    const journal::Movement m{kind, pay_no, number, row.account_id, row.currency, row.amount};
    TOLLGATE_ASSERT(journal::post(tx, m, now));
    ++count;
  };
  if (a.amount > 0) post(a.of_order ? Kind::payment : Kind::payment_unmatched, 0, a);
  for (const auto& [id, refund] : a.refunds)
    post(a.of_order ? Kind::refund : Kind::refund_unmatched, id.value(), refund);
  return count;
}

}  // namespace

ConfirmedPortion confirmed_after(db::Tx& tx, PayNo after, int limit) {
  ConfirmedPortion portion;
  const auto read_attempt = [&](db::Columns& c) {
    portion.last = c.next<PayNo>();
    auto& attempt = portion.attempts[portion.last];
    c >> attempt.account_id;
    const auto paid = c.next<bool>();
    const auto late = c.next<bool>();
    attempt.of_order = paid && !late;
    c >> attempt.currency >> attempt.amount;
  };
  tx.query(select_attempts, read_attempt, after, limit);
  if (portion.attempts.size() < static_cast<std::size_t>(limit)) portion.last = PayNo(INT64_MAX);
  const auto read_refund = [&](db::Columns& c) {
    auto& attempt = portion.attempts[c.next<PayNo>()];
    auto& refund = attempt.refunds[c.next<RefundId>()];
    c >> refund.account_id >> refund.currency >> refund.amount;
  };
  tx.query(select_refunds, read_refund, after, portion.last);
  return portion;
}

std::vector<AuditedOrder> orders_after(db::Tx& tx, OrderId after, int limit) {
  std::vector<AuditedOrder> list;
  const auto read = [&](db::Columns& c) {
    auto& o = list.emplace_back();
    c >> o.id >> o.status >> o.currency >> o.amount >> o.amount_refunded >> o.posted >>
        o.posted_refunds >> o.releases;
  };
  tx.query(select_orders, read, after, limit);
  return list;
}

std::int64_t take_over(db::Database& database, const Clock& clock) {
  // One unit: a journal that begins in the middle would never be completed.
  const auto count = database.write_blocking([&](db::Tx& tx) {
    std::int64_t posted = 0;
    if (journal::head(tx).id != 0) return posted;
    ConfirmedPortion portion;
    while (!portion.is_last()) {
      portion = confirmed_after(tx, portion.last, portion_rows);
      for (const auto& [pay_no, attempt] : portion.attempts)
        posted += post_all(tx, pay_no, attempt, clock.now());
    }
    return posted;
  });
  if (count > 0) log::info("journal.taken_over", {{"postings", count}});
  return count;
}

}  // namespace tollgate::app
