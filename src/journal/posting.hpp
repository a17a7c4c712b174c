// The double-entry journal: every movement of money that a channel has confirmed, posted in the
// unit of work that changes the state. A posting adds one amount to one ledger and takes it from
// another, of one account and currency, so it balances; a chain of hashes runs through them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/strong_id.hpp"
#include "db/database.hpp"

namespace tollgate::journal {

/// The ledgers of an account in one currency.
namespace ledger {
inline constexpr std::string_view channel = "channel";  ///< What the channel holds for us.
inline constexpr std::string_view orders = "orders";    ///< What orders were paid with.
inline constexpr std::string_view held = "held";        ///< Money that no order took.
inline constexpr std::string_view refunds = "refunds";  ///< What orders got back.
inline constexpr std::string_view fees = "fees";        ///< What the channel kept.
}  // namespace ledger

enum class Kind {
  payment,            ///< An attempt paid its order.
  payment_unmatched,  ///< Money that no order took: late, a second time, in another amount.
  payment_corrected,  ///< Taken back: the channel has named another amount for the attempt since.
  released,           ///< Held money that its order takes after all.
  refund,             ///< Money of an order went back.
  refund_unmatched,   ///< Held money went back.
  fee,
  fee_returned,  ///< With a refund, as the channel does it.
};

/// Every movement there is; a posting of anything else is refused by verify.
struct Row {
  Kind kind;
  std::string_view word, debit, credit;
};
inline constexpr std::array rows{
    Row{Kind::payment, "payment", ledger::channel, ledger::orders},
    Row{Kind::payment_unmatched, "payment_unmatched", ledger::channel, ledger::held},
    Row{Kind::payment_corrected, "payment_corrected", ledger::held, ledger::channel},
    Row{Kind::released, "released", ledger::held, ledger::orders},
    Row{Kind::refund, "refund", ledger::refunds, ledger::channel},
    Row{Kind::refund_unmatched, "refund_unmatched", ledger::held, ledger::channel},
    Row{Kind::fee, "fee", ledger::fees, ledger::channel},
    Row{Kind::fee_returned, "fee_returned", ledger::channel, ledger::fees},
};
const Row& row_of(Kind kind);
/// nullptr for a word that is no kind.
const Row* find_row(std::string_view word);

/// What is to be posted. One for each attempt, kind and number, however often it is posted.
struct Movement {
  Kind kind = Kind::payment;
  PayNo pay_no;             ///< 0: of no attempt (an account's fee).
  std::int64_t number = 0;  ///< A refund's id, a bill line's number; else how often before.
  std::string account_id, currency;
  std::int64_t amount = 0;  ///< Above 0.
};

/// False where it is on record already: then nothing is posted. In the caller's unit of work.
bool post(db::Tx& tx, const Movement& movement, TimeMs now);

/// What is held of the attempt's money.
std::int64_t held(db::Tx& tx, PayNo pay_no, const std::string& currency);

/// A row as it stands.
struct Posting {
  std::int64_t id = 0;
  PayNo pay_no;
  std::string kind;
  std::int64_t number = 0;
  std::string account_id, currency;
  std::int64_t amount = 0;
  std::string debit, credit;
  TimeMs posted_at;
  std::string prev_hash, hash;
};
/// What its hash must be.
std::string hash_of(const Posting& posting);

/// The last posting's number and hash; 0 and no_hash where there is none.
struct Head {
  std::int64_t id = 0;
  std::string hash;
};
Head head(db::Tx& tx);

/// In order of their ids, at most `limit` behind `after`.
std::vector<Posting> after(db::Tx& tx, std::int64_t after, int limit);
/// Of the attempts behind `after` up to `last`, in their order.
std::vector<Posting> of_attempts(db::Tx& tx, PayNo after, PayNo last);

}  // namespace tollgate::journal
