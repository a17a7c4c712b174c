// What a plugin is asked, and what it is answered, to see how it behaves.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "conformance/subject.hpp"

namespace tollgate::conformance {

/// A way for an answer to say nothing of the trade.
struct Fault {
  std::string name;
  net::ClientResponse response;
};
/// Answers that no channel would give for a trade that was paid, or refused for good.
std::vector<Fault> faults();

/// 200 with an empty JSON object.
net::ClientResponse empty_answer();

struct Asked {
  std::string name;  ///< "pay by native"
  sdk::OperationInput input;
};
/// Every operation of every method that the plugin declares.
std::vector<Asked> all_operations(Subject& subject);
sdk::OperationInput input_of(const channel::Capability& capability, sdk::OperationKind kind);

/// Notices that nobody proved, by their names.
std::vector<std::pair<std::string, net::Request>> unproven_notices();

}  // namespace tollgate::conformance
