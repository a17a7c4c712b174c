// The rows of the delay queue. Every write of a claim names the claim's token (fencing).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outbox/jobs.hpp"

namespace tollgate::outbox::job_store {

struct Claim {
  Job job;
  std::int64_t token = 0;
  int failures = 0;  ///< Exceptions in a row before this run.
};

struct NewJob {
  JobId id;
  std::string_view kind;
  std::int64_t subject;
  TimeMs due;
  bool restart;
};

/// Makes the job or moves it forward; a claimed one keeps running and gets a rerun time.
void schedule(db::Tx& tx, const NewJob& job, TimeMs now);
/// Makes the job. Throws db::UniqueViolation where there is one.
void insert(db::Tx& tx, const NewJob& job, TimeMs now);
void remove(db::Tx& tx, std::string_view kind, std::int64_t subject);

struct ClaimOptions {
  TimeMs now;
  TimeMs lease_until;
  std::size_t limit;
  /// Tokens of this process's running jobs by id: their leases are renewed instead of taken over.
  const std::vector<Claim>& running;
};
/// Due jobs of a kind that nobody holds, in due order, leased to the caller.
std::vector<Claim> claim(db::Tx& tx, std::string_view kind, const ClaimOptions& options);
/// When the earliest job of a kind that nobody holds is due.
std::optional<TimeMs> next_due(db::Tx& tx, std::string_view kind, TimeMs now);
std::int64_t count_due(db::Tx& tx, std::string_view kind, TimeMs now);

/// False where another has taken the claim over, or the job was cancelled.
bool renew(db::Tx& tx, const Claim& claim, TimeMs lease_until);
bool release(db::Tx& tx, const Claim& claim);
void release_all(db::Tx& tx);

/// What is left of a job after its run.
struct Ended {
  bool fenced = false;         ///< The claim was lost; nothing was written.
  std::optional<TimeMs> next;  ///< The job lives on and is due then.
};
/// Deletes the job; one that was scheduled while it ran starts anew instead.
Ended finish(db::Tx& tx, const Claim& claim, TimeMs now);
/// Makes it due again at `due`, or earlier where it was scheduled so meanwhile.
Ended again(db::Tx& tx, const Claim& claim, TimeMs due, int failures);

}  // namespace tollgate::outbox::job_store
