#include "sandbox/faults.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tollgate::sandbox {
namespace {

constexpr std::array<std::pair<FaultKind, std::string_view>, 16> kinds{{
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
}};

constexpr std::array<std::pair<Forgery, std::string_view>, 9> forgeries{{
    {Forgery::signature, "signature"},
    {Forgery::serial, "serial"},
    {Forgery::timestamp, "timestamp"},
    {Forgery::body, "body"},
    {Forgery::probe, "probe"},
    {Forgery::key, "key"},
    {Forgery::foreign_app, "foreign_app"},
    {Forgery::foreign_mch, "foreign_mch"},
    {Forgery::amount, "amount"},
}};

template <class Table, class Value>
std::string_view name_in(const Table& table, Value value) {
  for (const auto& [known, name] : table)
    if (known == value) return name;
  return "";
}

constexpr std::array<std::string_view, 6> targets{"notify", "pay",          "query",
                                                  "close",  "certificates", "*"};

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
      return target == "query";  // no other answer tells an amount
    default:
      return target != "notify";
  }
}

std::string_view problem(const Fault& fault) {
  if (std::ranges::find(targets, fault.target) == targets.end())
    return "target must be notify, pay, query, close, certificates or *";
  if (fault.target != "*" && !fits(fault.kind, fault.target))
    return "kind does not fit this target";
  if (fault.count == 0 || fault.count < -1) return "count must be at least 1, or -1 for ever";
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

std::optional<Fault> Faults::take(std::string_view target) {
  const std::lock_guard lock(mutex_);
  const auto at = std::ranges::find_if(faults_, [&](const Fault& fault) {
    return (fault.target == target || fault.target == "*") && fits(fault.kind, target);
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
