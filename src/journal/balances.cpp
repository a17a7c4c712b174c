#include "journal/balances.hpp"

#include <algorithm>
#include <stdexcept>

namespace tollgate::journal {
namespace {

const db::Sql sum_after{
    "SELECT account_id, currency, debit, credit, SUM(amount), MAX(id) FROM postings "
    "WHERE id > :after AND id <= :last GROUP BY account_id, currency, debit, credit"};
const db::Sql select_hash{"SELECT hash FROM postings WHERE id = :id"};
const db::Sql select_mark{"SELECT posting_id, posting_hash FROM balances_mark"};
const db::Sql select_balances{"SELECT account_id, currency, ledger, amount FROM balances"};
const db::Sql delete_mark{"DELETE FROM balances_mark"};
const db::Sql delete_balances{"DELETE FROM balances"};
const db::Sql insert_mark{
    "INSERT INTO balances_mark (posting_id, posting_hash) VALUES (:posting_id, :posting_hash)"};
const db::Sql insert_balance{
    "INSERT INTO balances (account_id, currency, ledger, amount) VALUES (:account_id, :currency, "
    ":ledger, :amount)"};

void add_to(std::int64_t& balance, std::int64_t amount) {
  if (__builtin_add_overflow(balance, amount, &balance))
    throw std::overflow_error("a balance of the journal leaves 64 bits");
}

}  // namespace

std::int64_t balance_of(const Ledgers& ledgers, std::string_view ledger) {
  const auto at = ledgers.find(ledger);
  return at == ledgers.end() ? 0 : at->second;
}

bool read_on(db::Tx& tx, Standing& standing, int limit) {
  const std::int64_t after = standing.upto;
  const auto add = [&](db::Columns& c) {
    const auto account_id = c.next<std::string>();
    auto& ledgers = standing.balances[{account_id, c.next<std::string>()}];
    const auto debit = c.next<std::string>();
    const auto credit = c.next<std::string>();
    const auto amount = c.next<std::int64_t>();
    add_to(ledgers[debit], amount);
    add_to(ledgers[credit], -amount);
    standing.upto = std::max(standing.upto, c.next<std::int64_t>());
  };
  tx.query(sum_after, add, after, after + limit);
  return standing.upto > after;
}

bool keep(db::Tx& tx, const Standing& standing) {
  const auto hash = tx.value<std::string>(select_hash, standing.upto);
  if (!hash) return false;
  tx.exec(delete_mark);
  tx.exec(delete_balances);
  for (const auto& [purse, ledgers] : standing.balances)
    for (const auto& [ledger, amount] : ledgers)
      tx.exec(insert_balance, purse.first, purse.second, ledger, amount);
  tx.exec(insert_mark, standing.upto, *hash);
  return true;
}

std::optional<Kept> kept(db::Tx& tx) {
  auto found = tx.find(select_mark, [](db::Columns& c) {
    Kept mark;
    c >> mark.upto >> mark.hash;
    return mark;
  });
  if (!found) return std::nullopt;
  tx.query(select_balances, [&](db::Columns& c) {
    const auto account_id = c.next<std::string>();
    auto& ledgers = found->balances[{account_id, c.next<std::string>()}];
    const auto ledger = c.next<std::string>();
    ledgers[ledger] = c.next<std::int64_t>();
  });
  return found;
}

Standing load(db::Tx& tx) {
  auto found = kept(tx);
  if (!found || tx.value<std::string>(select_hash, found->upto) != found->hash) return {};
  return std::move(*found);
}

}  // namespace tollgate::journal
