#include "conformance/examine.hpp"

#include <algorithm>
#include <ostream>

namespace tollgate::conformance {

std::vector<Ruling> examine(const Given& given, std::int64_t timeout_ms) {
  std::vector<Ruling> rulings;
  bool loads = true;
  for (const auto& rule : rules()) {
    Ruling& ruling = rulings.emplace_back();
    ruling.sentence = rule.sentence;
    ruling.skipped = !loads || (rule.needs_account && given.settings.empty());
    if (ruling.skipped) continue;
    ruling.findings = isolated(timeout_ms, [&](Findings& findings) {
      Subject subject(given);
      rule.check(subject, findings);
    });
    if (rulings.size() == 1) loads = ruling.findings.empty();
  }
  return rulings;
}

bool print(const std::vector<Ruling>& rulings, std::ostream& out) {
  std::size_t broken = 0, skipped = 0;
  for (const auto& ruling : rulings) {
    out << (ruling.skipped            ? "skipped  "
            : ruling.findings.empty() ? "holds    "
                                      : "BROKEN   ")
        << ruling.sentence << '\n';
    for (const auto& finding : ruling.findings) out << "           " << finding << '\n';
    skipped += ruling.skipped ? 1 : 0;
    broken += ruling.findings.empty() ? 0 : 1;
  }
  out << rulings.size() << " rules: " << rulings.size() - broken - skipped << " hold, " << broken
      << " broken, " << skipped << " skipped\n";
  return broken == 0;
}

}  // namespace tollgate::conformance
