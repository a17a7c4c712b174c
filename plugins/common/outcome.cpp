#include "common/outcome.hpp"

namespace tollgate::common {

sdk::Outcome unknown(sdk::Reason reason, std::string_view code, std::string_view message) {
  sdk::Outcome outcome(sdk::Verdict::unknown, reason);
  outcome.channel_code = code;
  outcome.channel_message = message;
  return outcome;
}

sdk::Outcome unknown(std::string_view code, std::string_view message) {
  return unknown(sdk::Reason::none, code, message);
}

sdk::Outcome not_answered(sdk::Transport transport, std::string_view channel) {
  if (transport == sdk::Transport::not_sent)
    return unknown("not_sent", std::string(channel) + " was not reached");
  return unknown("maybe_sent", "the exchange with " + std::string(channel) + " broke off");
}

}  // namespace tollgate::common
