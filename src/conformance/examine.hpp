// The conformance suite for any plugin by its path: what holds without a channel to talk to. A
// plugin of this repository passes the suite in test/channel too, which has the channel's side.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/isolate.hpp"
#include "conformance/subject.hpp"

namespace tollgate::conformance {

struct Rule {
  std::string_view sentence;  ///< What holds.
  bool needs_account;         ///< Settings must be given.
  void (*check)(Subject& subject, Findings& findings);
};
/// The first is that the plugin loads.
const std::vector<Rule>& rules();

struct Ruling {
  std::string_view sentence;
  bool skipped = false;
  std::vector<std::string> findings;  ///< None: it holds.
};

/// Every rule in a process of its own; after the first one was broken, no more.
std::vector<Ruling> examine(const Given& given, std::int64_t timeout_ms = 60'000);

/// Says it in words; true where nothing is broken.
bool print(const std::vector<Ruling>& results, std::ostream& out);

}  // namespace tollgate::conformance
