#include "channel/words.hpp"

#include <algorithm>
#include <array>

namespace tollgate::channel {
namespace {

template <std::size_t N, class E>
std::string_view pick(const std::array<std::string_view, N>& words, E value) {
  const auto at = static_cast<std::size_t>(value);
  return at < N ? words[at] : "invalid";
}

constexpr std::array<std::string_view, 9> operations{"invalid",      "pay",        "capture",
                                                     "query",        "close",      "refund",
                                                     "query_refund", "fetch_bill", "callback"};
constexpr std::array<std::string_view, 5> verdicts{"unknown", "pending", "succeeded", "failed",
                                                   "retry"};
constexpr std::array<std::string_view, 11> reasons{
    "none",     "closed",        "not_found",  "already_paid",     "frequency", "balance",
    "rejected", "configuration", "unverified", "plugin_exception", "authorised"};
constexpr std::array<std::string_view, 8> refusals{
    "none",           "malformed",          "missing_header", "stale",
    "unknown_serial", "signature_mismatch", "decryption",     "unavailable"};
constexpr std::array<std::string_view, 3> transports{"ok", "not_sent", "maybe_sent"};

}  // namespace

std::string_view to_string(sdk::OperationKind kind) {
  return pick(operations, kind);
}
std::string_view to_string(sdk::Verdict verdict) {
  return pick(verdicts, verdict);
}
std::string_view to_string(sdk::Reason reason) {
  return pick(reasons, reason);
}
std::string_view to_string(sdk::Refusal refusal) {
  return pick(refusals, refusal);
}
std::string_view to_string(sdk::Transport transport) {
  return pick(transports, transport);
}

bool is_word(std::string_view text, std::size_t max) {
  return !text.empty() && text.size() <= max && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace tollgate::channel
