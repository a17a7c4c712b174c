// Fetches a bill from a peer through the boundary, as the host does.
#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "subject.hpp"

namespace tollgate::test {

struct Fetched {
  sdk::Outcome outcome;
  std::vector<sdk::BillLine> lines;
  std::vector<sdk::Request> requests;
};

/// `change` may spoil an answer; it is told which request it belongs to, counted from 0.
inline Fetched fetch(const Made& made, Peer& peer, const sdk::OperationInput& wish,
                     std::int64_t now_ms, std::size_t piece_bytes = 100,
                     const std::function<void(sdk::Response&, std::size_t)>& change = {}) {
  constexpr std::size_t max_sends = 10'000;
  Fetched fetched;
  Run run(made, wish, now_ms);
  while (run.sending()) {
    REQUIRE(fetched.requests.size() < max_sends);
    fetched.requests.push_back(run.request());
    sdk::Response response = peer.answer(run.request(), now_ms);
    if (change) change(response, fetched.requests.size() - 1);
    if (run.request().stream)
      run.resume_in_pieces(response, piece_bytes, now_ms);
    else
      run.resume(response, now_ms);
  }
  fetched.outcome = run.outcome();
  fetched.lines = run.lines();
  return fetched;
}

/// What a line says, to be compared at a glance.
inline std::string told(const sdk::BillLine& line) {
  constexpr const char* kinds[] = {"?", "payment", "refund", "fee", "other"};
  constexpr const char* states[] = {"unknown", "pending", "succeeded", "failed", "retry"};
  return std::string(kinds[static_cast<int>(line.kind)]) + " " +
         states[static_cast<int>(line.status)] + " " + line.pay_no + " " + line.refund_no + " " +
         line.channel_trade_no + " " + line.channel_refund_no + " " + std::to_string(line.amount) +
         " fee " + std::to_string(line.fee) + " " + line.currency + " at " +
         std::to_string(line.time_ms) + " " + line.channel_kind;
}

inline std::vector<std::string> told(const std::vector<sdk::BillLine>& lines) {
  std::vector<std::string> all;
  for (const auto& line : lines) all.push_back(told(line));
  return all;
}

/// Nothing of it may be taken for a bill.
inline void check_retry(const Fetched& fetched, sdk::Reason reason) {
  CAPTURE(fetched.outcome.channel_code, fetched.outcome.channel_message);
  CHECK(fetched.outcome.verdict == sdk::Verdict::retry);
  CHECK(fetched.outcome.reason == reason);
  CHECK(fetched.outcome.retry_after_s > 0);
  CHECK(!fetched.outcome.channel_code.empty());
}

}  // namespace tollgate::test
