#include "reconciliation/judge.hpp"

#include <cstdlib>

namespace tollgate::reconciliation {
namespace {

constexpr std::int64_t million = 1'000'000;

bool fee_differs(const Line& line, std::optional<std::int64_t> fee_ppm) {
  if (!bears_fee(line)) return true;
  if (!fee_ppm || line.subject != Subject::payment) return false;
  return std::abs(line.fee - fee_of(line.amount, *fee_ppm)) > 1;
}

}  // namespace

std::int64_t fee_of(std::int64_t amount, std::int64_t fee_ppm) {
  // In two parts, so that no product leaves 64 bits.
  const std::int64_t whole = amount / million * fee_ppm;
  return whole + (amount % million * fee_ppm + million / 2) / million;
}

bool bears_fee(const Line& line) {
  return line.fee <= line.amount && line.fee >= -line.amount;
}

bool moved(const Line& line) {
  return line.status == sdk::Verdict::succeeded;
}

std::optional<Kind> judge(const Line& line, const std::optional<Ours>& ours,
                          const std::string& account_id, std::optional<std::int64_t> fee_ppm) {
  if (line.subject == Subject::fee || line.subject == Subject::other) return std::nullopt;
  const bool known = ours && ours->account_id == account_id;
  if (!known) return Kind::missing_here;
  if (!moved(line)) {
    // A refund's line is written when it is asked for, and not again when it is done.
    const bool waits = line.status == sdk::Verdict::pending && line.subject == Subject::refund;
    return ours->amount > 0 && !waits ? std::optional(Kind::status_differs) : std::nullopt;
  }
  if (ours->amount == 0) return Kind::status_differs;
  if (ours->amount != line.amount || ours->currency != line.currency) return Kind::amount_differs;
  if (fee_differs(line, fee_ppm)) return Kind::fee_differs;
  return std::nullopt;
}

}  // namespace tollgate::reconciliation
