#include "sandbox/faults.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tollgate::sandbox {
namespace {

constexpr std::array<std::pair<FaultKind, std::string_view>, 28> kinds{{
    {FaultKind::lose, "lose"},
    {FaultKind::delay, "delay"},
    {FaultKind::duplicate, "duplicate"},
    {FaultKind::reorder, "reorder"},
    {FaultKind::alter, "alter"},
    {FaultKind::forge, "forge"},
    {FaultKind::status, "status"},
    {FaultKind::hang, "hang"},
    {FaultKind::cut, "cut"},
    {FaultKind::cut_before, "cut_before"},
    {FaultKind::amount, "amount"},
    {FaultKind::no_signature, "unsigned"},
    {FaultKind::bad_signature, "bad_signature"},
    {FaultKind::garbage, "garbage"},
    {FaultKind::frequency, "frequency"},
    {FaultKind::slow, "slow"},
    {FaultKind::refuse, "refuse"},
    {FaultKind::pending, "pending"},
    {FaultKind::missing_line, "missing_line"},
    {FaultKind::changed_amount, "changed_amount"},
    {FaultKind::changed_status, "changed_status"},
    {FaultKind::changed_fee, "changed_fee"},
    {FaultKind::duplicate_line, "duplicate_line"},
    {FaultKind::extra_line, "extra_line"},
    {FaultKind::late_line, "late_line"},
    {FaultKind::not_ready, "not_ready"},
    {FaultKind::truncated, "truncated"},
    {FaultKind::wrong_hash, "wrong_hash"},
}};

constexpr std::array<std::pair<Forgery, std::string_view>, 13> forgeries{{
    {Forgery::signature, "signature"},
    {Forgery::serial, "serial"},
    {Forgery::timestamp, "timestamp"},
    {Forgery::body, "body"},
    {Forgery::probe, "probe"},
    {Forgery::key, "key"},
    {Forgery::algorithm, "algorithm"},
    {Forgery::certificate, "certificate"},
    {Forgery::host, "host"},
    {Forgery::foreign_app, "foreign_app"},
    {Forgery::foreign_mch, "foreign_mch"},
    {Forgery::amount, "amount"},
    {Forgery::currency, "currency"},
}};

template <class Table, class Value>
std::string_view name_in(const Table& table, Value value) {
  for (const auto& [known, name] : table)
    if (known == value) return name;
  return "";
}

bool fits(FaultKind kind, std::string_view target) {
  switch (kind) {
    case FaultKind::lose:
    case FaultKind::delay:
    case FaultKind::duplicate:
    case FaultKind::reorder:
    case FaultKind::alter:
    case FaultKind::forge:
      return target == "notify";
    case FaultKind::amount:
      // No other answer tells an amount.
      return target == "query" || target == "capture" || target == "query_refund";
    case FaultKind::missing_line:
    case FaultKind::changed_amount:
    case FaultKind::changed_status:
    case FaultKind::changed_fee:
    case FaultKind::duplicate_line:
    case FaultKind::extra_line:
    case FaultKind::late_line:
    case FaultKind::not_ready:
    case FaultKind::truncated:
    case FaultKind::wrong_hash:
      return target == "bill";
    case FaultKind::pending:
      return target == "capture" || target == "refund";
    default:
      return target != "notify";
  }
}

std::string_view problem(const Fault& fault) {
  const bool known = std::ranges::find(fault_targets, fault.target) != fault_targets.end();
  if (!known && fault.target != "*")
    return "target must be *, notify, pay, query, close, refund, query_refund, cancel, capture, "
           "token, verify, openid, certificates, bill or bill_file";
  if (fault.target != "*" && !fits(fault.kind, fault.target))
    return "kind does not fit this target";
  if (fault.count == 0 || fault.count < -1) return "count must be at least 1, or -1 for ever";
  if (fault.kind == FaultKind::refuse && fault.code.empty()) return "refuse needs a code";
  if (fault.status < 200 || fault.status > 599) return "status must be 200 to 599";
  return "";
}

}  // namespace

std::string_view to_string(FaultKind kind) {
  return name_in(kinds, kind);
}
std::string_view to_string(Forgery forgery) {
  return name_in(forgeries, forgery);
}

std::optional<FaultKind> fault_kind(std::string_view name) {
  for (const auto& [kind, known] : kinds)
    if (known == name) return kind;
  return std::nullopt;
}

bool other_content(Forgery forgery) {
  return forgery == Forgery::amount || forgery == Forgery::currency ||
         forgery == Forgery::foreign_app || forgery == Forgery::foreign_mch;
}

std::optional<Forgery> forgery(std::string_view name) {
  for (const auto& [value, known] : forgeries)
    if (known == name) return value;
  return std::nullopt;
}

Result<int> Faults::add(Fault fault) {
  if (const auto what = problem(fault); !what.empty())
    return Error(Errc::invalid_request, std::string(what));
  const std::lock_guard lock(mutex_);
  if (faults_.size() >= max_faults) return Error(Errc::invalid_request, "too many faults are set");
  fault.id = ++last_id_;
  faults_.push_back(std::move(fault));
  return last_id_;
}

std::optional<Fault> Faults::take(const FaultSite& site) {
  const std::lock_guard lock(mutex_);
  const auto at = std::ranges::find_if(faults_, [&](const Fault& fault) {
    const bool of_signature =
        fault.kind == FaultKind::no_signature || fault.kind == FaultKind::bad_signature;
    return (fault.channel.empty() || fault.channel == site.channel) &&
           (fault.target == site.target || fault.target == "*") && fits(fault.kind, site.target) &&
           (site.signs_answers || !of_signature);
  });
  if (at == faults_.end()) return std::nullopt;
  if (at->count > 0) --at->count;
  Fault taken = *at;
  if (at->count == 0) faults_.erase(at);
  return taken;
}

std::vector<Fault> Faults::list() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

void Faults::clear() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
}

}  // namespace tollgate::sandbox
