// What shall go wrong, and how often.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "sandbox/distortion.hpp"

namespace tollgate::sandbox {

enum class FaultKind {
  // of notices
  lose,
  delay,
  duplicate,
  reorder,
  alter,
  forge,
  // of answers
  status,
  hang,
  cut,
  cut_before,
  amount,
  no_signature,
  bad_signature,
  garbage,
  frequency,
  slow,
  refuse,   ///< With an error code of the channel's.
  pending,  ///< Of a capture or refund: the money is not there yet.
  // of bills
  missing_line,
  changed_amount,
  changed_status,
  changed_fee,
  duplicate_line,
  extra_line,  ///< A payment that the merchant never had.
  late_line,   ///< It comes in the next day's bill.
  not_ready,
  truncated,
  wrong_hash,
};
std::string_view to_string(FaultKind kind);
std::optional<FaultKind> fault_kind(std::string_view name);

/// notify is what goes out; the others are what channels are asked for.
inline constexpr std::array<std::string_view, 14> fault_targets{
    "notify", "pay",     "query", "close",  "refund", "query_refund", "certificates",
    "cancel", "capture", "token", "verify", "openid", "bill",         "bill_file"};

struct Fault {
  int id = 0;
  std::string channel;  ///< Empty: any.
  std::string target;   ///< A word of fault_targets, or * for all that the kind fits.
  FaultKind kind = FaultKind::lose;
  std::int64_t count = 1;  ///< Times left; -1 for ever.
  std::optional<std::int64_t> delay_ms;
  std::optional<std::int64_t> amount;
  int status = 500;
  std::string code;                      ///< refuse: the channel's word.
  std::string number;                    ///< Lines of bills: which; a merchant's number.
  bool processed = false;                ///< status: the request was acted on before the answer.
  Forgery forgery = Forgery::signature;  ///< forge: how.
};

/// Where a fault may strike.
struct FaultSite {
  std::string_view channel;
  std::string_view target;
  bool signs_answers = true;  ///< Faults of an answer's signature pass by where there is none.
};

/// Thread-safe. At most max_faults wait at once.
class Faults {
 public:
  static constexpr std::size_t max_faults = 1'000;

  /// The fault's id. Error: invalid_request with the reason.
  Result<int> add(Fault fault);
  /// The oldest fault that fits the site, counted down; nothing when all is well.
  std::optional<Fault> take(const FaultSite& site);
  std::vector<Fault> list() const;
  void clear();

 private:
  mutable std::mutex mutex_;
  std::vector<Fault> faults_;
  int last_id_ = 0;
};

}  // namespace tollgate::sandbox
