#include "journal/posting.hpp"

#include <algorithm>

#include "journal/canonical.hpp"

namespace tollgate::journal {
namespace {

#define POSTING_COLUMNS                                                            \
  "SELECT id, pay_no, kind, number, account_id, currency, amount, debit, credit, " \
  "posted_at, prev_hash, hash FROM postings "

const db::Sql insert_posting{
    "INSERT INTO postings (id, pay_no, kind, number, account_id, currency, amount, debit, credit, "
    "posted_at, prev_hash, hash) VALUES (:id, :pay_no, :kind, :number, :account_id, :currency, "
    ":amount, :debit, :credit, :posted_at, :prev_hash, :hash)"};
const db::Sql select_head{"SELECT id, hash FROM postings ORDER BY id DESC LIMIT 1"};
const db::Sql select_after{POSTING_COLUMNS "WHERE id > :after ORDER BY id LIMIT :limit"};
const db::Sql select_of_attempts{POSTING_COLUMNS
                                 "WHERE pay_no > :after AND pay_no <= :last ORDER BY pay_no, id"};
#undef POSTING_COLUMNS
const db::Sql sum_held{
    "SELECT SUM(CASE WHEN credit = 'held' THEN amount WHEN debit = 'held' THEN -amount ELSE 0 END) "
    "FROM postings WHERE pay_no = :pay_no AND currency = :currency"};

Posting read_posting(db::Columns& c) {
  Posting p;
  c >> p.id >> p.pay_no >> p.kind >> p.number >> p.account_id >> p.currency >> p.amount >>
      p.debit >> p.credit >> p.posted_at >> p.prev_hash >> p.hash;
  return p;
}

}  // namespace

const Row& row_of(Kind kind) {
  return *std::ranges::find(rows, kind, &Row::kind);
}

const Row* find_row(std::string_view word) {
  const auto at = std::ranges::find(rows, word, &Row::word);
  return at == rows.end() ? nullptr : &*at;
}

std::string hash_of(const Posting& p) {
  Canonical text("posting");
  text.add(p.id).add(p.pay_no.value()).add(p.kind).add(p.number);
  text.add(p.account_id).add(p.currency).add(p.amount).add(p.debit).add(p.credit);
  text.add(p.posted_at.ms).add(p.prev_hash);
  return text.hash();
}

Head head(db::Tx& tx) {
  const auto read = [](db::Columns& c) {
    Head head;
    c >> head.id >> head.hash;
    return head;
  };
  return tx.find(select_head, read).value_or(Head{0, no_hash});
}

bool post(db::Tx& tx, const Movement& m, TimeMs now) {
  TOLLGATE_RULE(m.amount > 0 && !m.account_id.empty());
  const Row& row = row_of(m.kind);
  Posting p;
  p.pay_no = m.pay_no;
  p.kind = row.word;
  p.number = m.number;
  p.account_id = m.account_id;
  p.currency = m.currency;
  p.amount = m.amount;
  p.debit = row.debit;
  p.credit = row.credit;
  p.posted_at = now;
  // Read in each unit: units share a transaction, and one that is undone takes its rows along.
  const Head last = head(tx);
  p.id = last.id + 1;
  p.prev_hash = last.hash;
  p.hash = hash_of(p);
  try {
    tx.exec(insert_posting, p.id, p.pay_no, p.kind, p.number, p.account_id, p.currency, p.amount,
            p.debit, p.credit, p.posted_at, p.prev_hash, p.hash);
  } catch (const db::UniqueViolation&) {
    return false;
  }
  return true;
}

std::int64_t held(db::Tx& tx, PayNo pay_no, const std::string& currency) {
  return tx.value<std::int64_t>(sum_held, pay_no, currency).value_or(0);
}

std::vector<Posting> after(db::Tx& tx, std::int64_t after, int limit) {
  std::vector<Posting> list;
  tx.query(
      select_after, [&](db::Columns& c) { list.push_back(read_posting(c)); }, after, limit);
  return list;
}

std::vector<Posting> of_attempts(db::Tx& tx, PayNo after, PayNo last) {
  std::vector<Posting> list;
  tx.query(
      select_of_attempts, [&](db::Columns& c) { list.push_back(read_posting(c)); }, after, last);
  return list;
}

}  // namespace tollgate::journal
