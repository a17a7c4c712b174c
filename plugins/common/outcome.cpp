#include "common/outcome.hpp"

#include <utility>

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

sdk::Outcome retry(sdk::Reason reason, std::string_view code, std::string_view message,
                   std::int64_t after_s) {
  sdk::Outcome outcome = unknown(reason, code, message);
  return retry_where_unknown(std::move(outcome), after_s);
}

sdk::Outcome retry_where_unknown(sdk::Outcome outcome, std::int64_t after_s) {
  if (outcome.verdict == sdk::Verdict::unknown) outcome.verdict = sdk::Verdict::retry;
  if (outcome.verdict == sdk::Verdict::retry && outcome.retry_after_s == 0)
    outcome.retry_after_s = after_s;
  return outcome;
}

}  // namespace tollgate::common
