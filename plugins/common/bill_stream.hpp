// A bill's file that comes in pieces, whatever its form.
#pragma once

#include <cstdint>
#include <utility>

#include "common/outcome.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::common {

/// When a bill that could not be had, or that does not hold, is asked for again.
inline constexpr std::int64_t bill_soon_s = 60;
inline constexpr std::int64_t bill_unverified_s = 600;

/// What follows from how asking for the file's link ended without a file.
inline sdk::Outcome no_bill_file(sdk::Outcome outcome) {
  const bool unverified = outcome.reason == sdk::Reason::unverified;
  return retry_where_unknown(std::move(outcome), unverified ? bill_unverified_s : bill_soon_s);
}

/// Feeds a piece of a 200 answer. `File` has feed(), finish() and problem().
template <class File>
sdk::Step read_bill_piece(File& file, const sdk::Response& response) {
  const bool fed = file.feed(response.body);
  if (fed && response.more) return sdk::Continue{};
  if (fed && file.finish()) return sdk::Outcome(sdk::Verdict::succeeded);
  return retry(sdk::Reason::unverified, "bill", file.problem(), bill_unverified_s);
}

}  // namespace tollgate::common
