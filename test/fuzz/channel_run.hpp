// One conversation of a plugin with a channel whose answers an input makes up.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "channel/account.hpp"
#include "channel/dialogue.hpp"
#include "channels.hpp"
#include "fuzz.hpp"

namespace tollgate::fuzz {

inline constexpr TimeMs now{1'767'240'000'000};  // 2026-01-01T12:00:00+08:00
inline constexpr std::string_view separator = "\n--\n";

/// What came back over a conversation.
struct Trail {
  int sends = 0;
  bool last_ok = false;      ///< The last exchange brought an answer …
  bool last_proved = false;  ///< … with the channel's own signature on it.
  std::vector<std::string> texts;
};

/// A row of channels() with a fresh account, so that inputs do not depend on one another.
class Stage {
 public:
  explicit Stage(unsigned row);

  Counterpart& counterpart() const { return *counterpart_; }
  const std::shared_ptr<channel::Account>& account() const { return account_; }

  /// Answers as the input says until the plugin is done: never Request, never Broken, at most 8
  /// sends. An answer is three bytes (kind, status, form) and a text up to `separator`.
  channel::Step finish(channel::Dialogue& dialogue, channel::Step step, Input& input,
                       Trail& trail) const;

 private:
  sdk::Response answer(const sdk::Request& request, Input& input, Trail& trail) const;
  Counterpart* counterpart_;
  std::shared_ptr<channel::Account> account_;
};

/// Succeeded or failed on the channel's word only, with amounts that it said.
void check_outcome(const sdk::Outcome& outcome, const Trail& trail, const Counterpart& counterpart);

net::Headers to_net(const std::map<std::string, std::string, std::less<>>& headers);

}  // namespace tollgate::fuzz
