// Idempotency-Key: the first answer again, never the first effect again (P6).
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

#include "api/context.hpp"
#include "base/clock.hpp"
#include "db/database.hpp"

namespace tollgate::api {

/// Tickets outlive the units of work that they are given to, which may run twice (db::Repeat).
///
/// Keys live 24 h per API key name, in the database. A claim whose process died is free again once
/// its lease ends (at start at once, where the database belongs to one process).
class Idempotency {
 public:
  static constexpr std::int64_t kept_ms = 24 * 3'600'000;
  static constexpr std::int64_t least_lease_ms = 120'000;

  /// `longest_ms`: no request takes longer; its claim must not end before it.
  explicit Idempotency(const Clock& clock, std::int64_t longest_ms = 0)
      : clock_(clock), lease_ms_(std::max(least_lease_ms, longest_ms)) {}

  /// Whether the key is free. A response is the first answer, to be replayed; an error is
  /// idempotency_key_reused or idempotency_in_progress; nothing means: go on, and keep the answer
  /// in this same unit of work.
  Result<std::optional<net::Response>> look(db::Tx& tx, const Ticket& ticket);
  /// The same, and claims the key for a request that goes on beyond this unit of work. The ticket
  /// holds the claim once the unit is durable.
  Result<std::optional<net::Response>> claim(db::Tx& tx, Ticket& ticket);

  /// Keeps the answer: after look() in the same unit, or after claim() in a later one. Nothing
  /// where another request has taken the claim over since: what it keeps counts.
  void keep(db::Tx& tx, Ticket& ticket, const net::Response& response);
  /// Gives the claim back, where it is still this request's: it may be tried again.
  void abandon(db::Tx& tx, Ticket& ticket);
  /// One of the two, as is_kept() says of the answer.
  void settle(db::Tx& tx, Ticket& ticket, const net::Response& response);

  /// Frees the claims of dead processes; at start, where the database belongs to this process.
  static void free_claims(db::Tx& tx);
  /// Deletes up to `limit` keys that are older than kept_ms. Answers how many.
  std::int64_t prune(db::Tx& tx, int limit);

  /// Final answers are kept, 4xx too; not 401, 403, 429, 5xx, nor any that says when to come again.
  static bool is_kept(const net::Response& response);

 private:
  struct Kept;
  struct Looked;
  static std::optional<Kept> find(db::Tx& tx, const Ticket& ticket);
  Looked look_closely(db::Tx& tx, const Ticket& ticket) const;

  const Clock& clock_;
  const std::int64_t lease_ms_;
};

}  // namespace tollgate::api
