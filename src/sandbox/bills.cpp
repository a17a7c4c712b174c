#include "sandbox/bills.hpp"

#include <algorithm>
#include <utility>

#include "base/time.hpp"

namespace tollgate::sandbox {
namespace {

constexpr std::int64_t day_s = 86'400;
constexpr std::int64_t extra_amount = 100;

std::string digits(Random& random, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += static_cast<char>('0' + random.below(10));
  return out;
}

std::string line_name(const Ledger::Merchant& merchant, const BillEntry& entry) {
  return merchant.first + "/" + merchant.second + (entry.refund ? "/refund/" : "/payment/") +
         (entry.refund ? entry.out_refund_no : entry.out_trade_no);
}

/// A payment that the merchant never had.
BillEntry stranger(const Fault& fault, TimeMs at, const std::string& currency, Random& random) {
  BillEntry entry;
  entry.out_trade_no = fault.number.empty() ? "9" + digits(random, 18) : fault.number;
  entry.transaction_id = "4" + digits(random, 27);
  entry.payer = "stranger@sandbox.example";
  entry.trade_type = "NATIVE";
  entry.description = "nobody's";
  entry.amount = fault.amount.value_or(extra_amount);
  entry.currency = currency;
  entry.created_at = entry.at = at;
  entry.status = "SUCCESS";
  return entry;
}

std::vector<BillEntry>::iterator struck_line(std::vector<BillEntry>& entries, const Fault& fault) {
  if (!fault.number.empty())
    return std::ranges::find_if(entries, [&](const BillEntry& entry) {
      return (entry.refund ? entry.out_refund_no : entry.out_trade_no) == fault.number;
    });
  const auto payment =
      std::ranges::find_if(entries, [](const BillEntry& entry) { return !entry.refund; });
  return payment == entries.end() ? entries.begin() : payment;
}

}  // namespace

std::optional<BillsFrom> read_bills_from(std::string_view text) {
  if (text == "now") return BillsFrom{};
  if (text.size() != 5) return std::nullopt;
  const auto at = from_rfc3339("1970-01-01T" + std::string(text) + ":00Z");
  if (!at) return std::nullopt;
  return BillsFrom{at->ms / 60'000};
}

std::string bills_from_text(std::optional<std::int64_t> minutes) {
  return minutes ? to_rfc3339(TimeMs{}.plus_s(*minutes * 60)).substr(11, 5) : "now";
}

std::int64_t fee_of(std::int64_t amount, std::int64_t per_10000) {
  constexpr std::int64_t whole = 10'000;
  return amount / whole * per_10000 + (amount % whole * per_10000 + whole / 2) / whole;
}

std::optional<TimeMs> midnight(std::string_view date, std::int64_t utc_offset_h) {
  if (date.size() != 10) return std::nullopt;
  const auto utc = from_rfc3339(std::string(date) + "T00:00:00Z");
  if (!utc) return std::nullopt;
  return utc->plus_s(-utc_offset_h * 3600);
}

std::string bill_text(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c == ',' || c == '`' || c == '"' || static_cast<unsigned char>(c) < ' ') c = ' ';
  return out;
}

std::string bill_yuan(std::int64_t fen, int places) {
  const std::int64_t size = fen < 0 ? -fen : fen;
  std::string cents = std::to_string(size % 100);
  if (cents.size() < 2) cents.insert(0, 1, '0');
  return (fen < 0 ? "-" : "") + std::to_string(size / 100) + "." + cents +
         std::string(static_cast<std::size_t>(places - 2), '0');
}

Bills::Policy Bills::policy() const {
  const std::lock_guard lock(mutex_);
  return policy_;
}

void Bills::set_policy(const Policy& policy) {
  const std::lock_guard lock(mutex_);
  policy_ = policy;
}

bool Bills::ready(TimeMs day, TimeMs now) const {
  const auto from_min = policy().from_min;
  return from_min ? now >= day.plus_s(day_s + *from_min * 60) : now >= day;
}

void Bills::collect(const Trade& trade, const Policy& policy, std::vector<BillEntry>& out) const {
  BillEntry entry;
  entry.out_trade_no = trade.number();
  entry.transaction_id = trade.transaction_id;
  entry.app_id = trade.app_id;
  entry.payer = trade.payer;
  entry.trade_type = trade.trade_type;
  entry.description = trade.description;
  entry.attach = trade.attach;
  entry.amount = trade.paid_amount;
  entry.fee = fee_of(trade.paid_amount, policy.fee_per_10000);
  entry.currency = trade.currency;
  entry.created_at = trade.created_at;
  entry.at = trade.paid_at;
  entry.status = "SUCCESS";
  entry.details = trade.details;
  out.push_back(entry);
  entry.refund = true;
  for (const auto& refund : trade.refunds) {
    if (refund.status == "CLOSED") continue;
    entry.out_refund_no = refund.out_refund_no;
    entry.refund_id = refund.refund_id;
    entry.details = refund.details;
    entry.amount = refund.amount;
    entry.fee = -fee_of(refund.amount, policy.fee_per_10000);
    entry.at = refund.at;
    entry.status = refund.status == "SUCCESS" ? "SUCCESS" : "PROCESSING";
    out.push_back(entry);
  }
}

TimeMs Bills::told_at(const Ledger::Merchant& merchant, const BillEntry& entry) const {
  const std::lock_guard lock(mutex_);
  return late_.contains(line_name(merchant, entry)) ? entry.at.plus_s(day_s) : entry.at;
}

std::vector<BillEntry> Bills::entries(const Ledger::Merchant& merchant, TimeMs from, TimeMs to,
                                      const std::optional<Fault>& fault, Random& random) {
  const Policy now = policy();
  std::vector<BillEntry> all;
  for (const auto& trade : ledger_.moved(merchant, from.plus_s(-day_s), to))
    collect(trade, now, all);
  std::erase_if(all, [&](const BillEntry& entry) {
    const TimeMs told = told_at(merchant, entry);
    return told < from || told >= to;
  });
  std::ranges::stable_sort(all, {}, &BillEntry::at);
  if (fault) strike(all, *fault, merchant, random);
  return all;
}

void Bills::strike(std::vector<BillEntry>& entries, const Fault& fault,
                   const Ledger::Merchant& merchant, Random& random) {
  if (entries.empty()) return;  // there is no such bill
  if (fault.kind == FaultKind::extra_line) {
    const BillEntry& last = entries.back();
    BillEntry extra = stranger(fault, last.at, last.currency, random);
    extra.app_id = last.app_id;
    entries.push_back(std::move(extra));
    return;
  }
  const auto line = struck_line(entries, fault);
  if (line == entries.end()) return;
  switch (fault.kind) {
    case FaultKind::late_line: {
      const std::lock_guard lock(mutex_);
      late_.insert(line_name(merchant, *line));
      [[fallthrough]];
    }
    case FaultKind::missing_line:
      entries.erase(line);
      break;
    case FaultKind::changed_amount:
      line->amount = fault.amount.value_or(line->amount + 1);
      break;
    case FaultKind::changed_fee:
      line->fee = fault.amount.value_or(line->fee + 1);
      break;
    case FaultKind::changed_status:
      line->status = "CHANGED";
      break;
    case FaultKind::duplicate_line: {
      BillEntry again = *line;
      entries.insert(line, std::move(again));
      break;
    }
    default:
      break;
  }
}

std::string Shelf::put(std::string owner, std::string content, TimeMs until, Random& random) {
  const std::lock_guard lock(mutex_);
  if (order_.size() >= max_files) {
    files_.erase(order_.front());
    order_.erase(order_.begin());
  }
  std::string token = random.alphanumeric(40);
  files_[token] = {std::move(owner), std::move(content), until};
  order_.push_back(token);
  return token;
}

std::optional<std::string> Shelf::get(std::string_view token, std::string_view owner,
                                      TimeMs now) const {
  const std::lock_guard lock(mutex_);
  const auto at = files_.find(token);
  if (at == files_.end() || at->second.owner != owner || now >= at->second.until)
    return std::nullopt;
  return at->second.content;
}

}  // namespace tollgate::sandbox
