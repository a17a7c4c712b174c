// What a channel's bill tells of a while: from the books, with what shall go wrong in it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/ledger.hpp"

namespace tollgate::sandbox {

/// A payment or a refund as a bill tells it, before it has the channel's form.
struct BillEntry {
  bool refund = false;
  std::string out_trade_no;
  std::string transaction_id;
  std::string out_refund_no;  ///< Of a refund, as refund_id.
  std::string refund_id;
  std::string app_id;
  std::string payer;
  std::string trade_type;
  std::string description;
  std::string attach;
  std::int64_t amount = 0;  ///< Minor units; of the payment, or of the refund.
  std::int64_t fee = 0;     ///< What the channel keeps; negative: given back.
  std::string currency;
  TimeMs created_at;
  TimeMs at;
  std::string status;  ///< SUCCESS; of a refund under way PROCESSING; changed by a fault CHANGED.
  /// Of the trade, or of the refund; nullptr where there are none.
  std::shared_ptr<const Details> details;
};

/// Thread-safe.
class Bills {
 public:
  struct Policy {
    /// Minutes after the end of a day from which its bill can be had; without it, at once.
    std::optional<std::int64_t> from_min;
    std::int64_t fee_per_10000 = 60;
    std::int64_t report_rows = 10'000;  ///< PayPal refuses a report with more.
  };

  explicit Bills(const Ledger& ledger) : ledger_(ledger) {}

  Policy policy() const;
  void set_policy(const Policy& policy);
  /// Whether the bill of the day that begins then is there.
  bool ready(TimeMs day, TimeMs now) const;
  /// `fault`, where it is one of lines, strikes the line of its number, else the first payment.
  /// Oldest first; times in [from, to).
  std::vector<BillEntry> entries(const Ledger::Merchant& merchant, TimeMs from, TimeMs to,
                                 const std::optional<Fault>& fault, Random& random);

 private:
  void collect(const Trade& trade, const Policy& policy, std::vector<BillEntry>& out) const;
  void strike(std::vector<BillEntry>& entries, const Fault& fault, const Ledger::Merchant& merchant,
              Random& random);
  /// When a bill tells it: a day late, for some.
  TimeMs told_at(const Ledger::Merchant& merchant, const BillEntry& entry) const;

  const Ledger& ledger_;
  mutable std::mutex mutex_;
  Policy policy_;
  std::set<std::string, std::less<>> late_;  // lines that come a day late
};

/// "now", or the time of the next day from which a bill is there; nothing for another text.
struct BillsFrom {
  std::optional<std::int64_t> minutes;
};
std::optional<BillsFrom> read_bills_from(std::string_view text);
std::string bills_from_text(std::optional<std::int64_t> minutes);

/// What of an amount the channel keeps: rounded half up.
std::int64_t fee_of(std::int64_t amount, std::int64_t per_10000);
/// The midnight of a date "YYYY-MM-DD" in a zone of whole hours; nothing for another text.
std::optional<TimeMs> midnight(std::string_view date, std::int64_t utc_offset_h);
/// Merchants' text in a table: without what parts its cells and lines.
std::string bill_text(std::string_view text);
/// In yuan with that many places, at least two; may be negative.
std::string bill_yuan(std::int64_t fen, int places = 2);

/// Files that wait to be fetched, each for a while. Thread-safe.
class Shelf {
 public:
  static constexpr std::size_t max_files = 64;  ///< Over it the oldest are thrown away.

  /// The token by which it is fetched.
  std::string put(std::string owner, std::string content, TimeMs until, Random& random);
  /// Nothing for an unknown token, another's, or one that has expired.
  std::optional<std::string> get(std::string_view token, std::string_view owner, TimeMs now) const;

 private:
  struct File {
    std::string owner, content;
    TimeMs until;
  };
  mutable std::mutex mutex_;
  std::map<std::string, File, std::less<>> files_;
  std::vector<std::string> order_;
};

}  // namespace tollgate::sandbox
