// What shall go wrong, and how often.
#pragma once

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
};
std::string_view to_string(FaultKind kind);
std::optional<FaultKind> fault_kind(std::string_view name);

struct Fault {
  int id = 0;
  std::string
      target;  ///< notify, pay, query, close, certificates, or * for all that the kind fits.
  FaultKind kind = FaultKind::lose;
  std::int64_t count = 1;  ///< Times left; -1 for ever.
  std::optional<std::int64_t> delay_ms;
  std::optional<std::int64_t> amount;
  int status = 500;
  bool processed = false;                ///< status: the request was acted on before the answer.
  Forgery forgery = Forgery::signature;  ///< forge: how.
};

/// Thread-safe. At most max_faults wait at once.
class Faults {
 public:
  static constexpr std::size_t max_faults = 1'000;

  /// The fault's id. Error: invalid_request with the reason.
  Result<int> add(Fault fault);
  /// The oldest fault that fits the target, counted down; nothing when all is well.
  std::optional<Fault> take(std::string_view target);
  std::vector<Fault> list() const;
  void clear();

 private:
  mutable std::mutex mutex_;
  std::vector<Fault> faults_;
  int last_id_ = 0;
};

}  // namespace tollgate::sandbox
