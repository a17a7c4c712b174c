// Runs a rule in a process of its own, so that a plugin which crashes, exits or hangs ends that
// rule and nothing else.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tollgate::conformance {

/// What a plugin breaks, a sentence each; at most 20 are kept.
class Findings {
 public:
  void add(std::string what);
  const std::vector<std::string>& list() const { return list_; }

 private:
  std::vector<std::string> list_;
};

/// Forks. What `check` found, and what became of its process where that did not end by itself
/// within `timeout_ms`. What `check` throws is a finding. Throws std::runtime_error where no
/// process can be made.
std::vector<std::string> isolated(std::int64_t timeout_ms,
                                  const std::function<void(Findings&)>& check);

}  // namespace tollgate::conformance
