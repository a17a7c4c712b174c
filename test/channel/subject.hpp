// What the conformance suite runs over. A plugin joins by one line in subjects.cpp and a Peer of
// its own.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "rig.hpp"

namespace tollgate::test {

/// A way for an honest answer to go wrong on its way.
struct Fault {
  std::string name;
  std::function<sdk::Response(sdk::Response)> apply;
  bool of_proof = false;  ///< Harms nothing where an answer bears no proof.
};

/// The channel's side: answers honestly, and knows what a liar would do. Written from the channel's
/// documentation; shares no code with the plugin.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual std::string gateway() const = 0;
  virtual std::string settings_json() const = 0;
  virtual std::string receiver() const = 0;
  /// One wish for every operation of every method that the plugin declares.
  virtual std::vector<sdk::OperationInput> wishes() const = 0;
  /// The honest answer, after checking the request as the channel would: a wrong one throws.
  virtual sdk::Response answer(const sdk::Request& request, std::int64_t now_ms) = 0;
  /// What breaks this channel's own proof of an answer (signature removed, wrong, stale …).
  virtual std::vector<Fault> proof_faults() const = 0;
  /// True where the answer to a request bears that proof.
  virtual bool proves(const sdk::Request&) const { return true; }
  /// A genuine notice of a payment; each call is a fresh sending of the same notice.
  virtual sdk::CallbackInput notice(std::int64_t now_ms) = 0;
  /// The same text, proved by somebody else's key.
  virtual sdk::CallbackInput forged_notice(std::int64_t now_ms) = 0;
  /// Headers (lower case) without which a notice proves nothing.
  virtual std::set<std::string> proof_headers() const = 0;
  /// True where the two are one notice in other clothes, where the channel does not sign the bytes
  /// of the body: another escaping of the same values.
  virtual bool same_notice(const sdk::CallbackInput&, const sdk::CallbackInput&) const {
    return false;
  }
};

struct Form {
  std::string name;
  const tg_plugin* plugin;
};

struct Subject {
  std::string channel;
  std::vector<Form> forms;  ///< Static and loaded from the .so.
  /// One for every way of configuring an account.
  std::vector<std::function<std::unique_ptr<Peer>()>> peers;
};

/// All plugins of the product.
const std::vector<Subject>& subjects();

/// The static form of a plugin.
const tg_plugin& plugin_of(std::string_view channel);

}  // namespace tollgate::test
