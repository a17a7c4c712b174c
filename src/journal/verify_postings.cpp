#include "journal/canonical.hpp"
#include "journal/verify.hpp"

namespace tollgate::journal {
namespace {

std::string entries(std::string_view debit, std::string_view credit) {
  return "debit " + std::string(debit) + ", credit " + std::string(credit);
}

/// Adds to a ledger; false where the sum leaves the integers.
bool add_to(std::int64_t& balance, std::int64_t amount) {
  return !__builtin_add_overflow(balance, amount, &balance);
}

std::optional<Broken> check(const Posting& p, const Head& last) {
  const std::string name = "posting " + std::to_string(p.id);
  if (p.id != last.id + 1)
    return Broken{"posting " + std::to_string(last.id + 1), "it is there",
                  "posting " + std::to_string(p.id) + " is the next"};
  if (const auto hash = hash_of(p); p.hash != hash)
    return Broken{name, "hash " + p.hash, "hash " + hash + " of what stands there"};
  // The row is as it was written, so it is the one before that was hashed anew.
  if (p.prev_hash != last.hash)
    return Broken{"posting " + std::to_string(p.id - 1),
                  "hash " + p.prev_hash + ", says posting " + std::to_string(p.id),
                  "hash " + last.hash};
  const Row* row = find_row(p.kind);
  if (!row) return Broken{name, "a kind of movement", p.kind};
  if (p.debit != row->debit || p.credit != row->credit)
    return Broken{name, entries(row->debit, row->credit), entries(p.debit, p.credit)};
  if (p.amount <= 0) return Broken{name, "an amount above 0", std::to_string(p.amount)};
  return std::nullopt;
}

}  // namespace

PostingsWalk::PostingsWalk() : head{0, no_hash} {}

bool walk_postings(db::Tx& tx, PostingsWalk& walk, int limit) {
  const auto portion = after(tx, walk.head.id, limit);
  for (const auto& posting : portion) {
    walk.broken = check(posting, walk.head);
    if (walk.broken) return false;
    auto& ledgers = walk.balances[{posting.account_id, posting.currency}];
    if (!add_to(ledgers[posting.debit], posting.amount) ||
        !add_to(ledgers[posting.credit], -posting.amount)) {
      walk.broken =
          Broken{"posting " + std::to_string(posting.id), "a balance of 64 bits", "more than that"};
      return false;
    }
    walk.head = {posting.id, posting.hash};
    ++walk.count;
  }
  return !portion.empty();
}

}  // namespace tollgate::journal
