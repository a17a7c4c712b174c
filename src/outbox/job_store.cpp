#include "outbox/job_store.hpp"

#include <algorithm>

namespace tollgate::outbox::job_store {
namespace {

// MySQL assigns from left to right: columns are read before they are reset.
const db::Sql move_forward{
    "UPDATE jobs SET "
    "rerun_restart = CASE WHEN lease_until <> 0 AND :restart_a = 1 THEN 1 ELSE rerun_restart END, "
    "rerun_at = CASE WHEN lease_until = 0 THEN rerun_at "
    "WHEN rerun_at IS NULL OR rerun_at > :due_a THEN :due_b ELSE rerun_at END, "
    "due_at = CASE WHEN lease_until = 0 AND due_at > :due_c THEN :due_d ELSE due_at END, "
    "attempt = CASE WHEN lease_until = 0 AND :restart_b = 1 THEN 0 ELSE attempt END, "
    "failures = CASE WHEN lease_until = 0 AND :restart_c = 1 THEN 0 ELSE failures END "
    "WHERE kind = :kind AND subject = :subject"};
const db::Sql insert_job{
    "INSERT INTO jobs (id, kind, subject, due_at, created_at) "
    "VALUES (:id, :kind, :subject, :due_at, :created_at)"};
const db::Sql delete_job{"DELETE FROM jobs WHERE kind = :kind AND subject = :subject"};

const db::Sql select_due{
    "SELECT id, subject, attempt, failures, created_at, due_at, lease_token FROM jobs "
    "WHERE kind = :kind AND due_at <= :now_a AND lease_until <= :now_b "
    "ORDER BY due_at, id LIMIT :limit"};
const db::Sql take{
    "UPDATE jobs SET lease_until = :lease_until, lease_token = lease_token + 1 "
    "WHERE id = :id AND lease_token = :token"};
const db::Sql select_next_due{
    "SELECT due_at FROM jobs WHERE kind = :kind AND lease_until <= :now ORDER BY due_at LIMIT 1"};
const db::Sql select_count_due{
    "SELECT COUNT(*) FROM jobs WHERE kind = :kind AND due_at <= :now_a AND lease_until <= :now_b"};

const db::Sql renew_lease{
    "UPDATE jobs SET lease_until = :lease_until WHERE id = :id AND lease_token = :token"};
const db::Sql release_leases{
    "UPDATE jobs SET lease_until = 0, lease_token = lease_token + 1 WHERE lease_until <> 0"};

const db::Sql delete_finished{
    "DELETE FROM jobs WHERE id = :id AND lease_token = :token AND rerun_at IS NULL"};
// A run that has ended takes its token with it: who still lists the run must not take the next one
// for it, and keep it leased to nobody.
const db::Sql start_anew{
    "UPDATE jobs SET due_at = rerun_at, attempt = 0, failures = 0, created_at = :now, "
    "rerun_at = NULL, rerun_restart = 0, lease_until = 0, lease_token = lease_token + 1 "
    "WHERE id = :id AND lease_token = :token"};
const db::Sql make_due_again{
    "UPDATE jobs SET "
    "due_at = CASE WHEN rerun_at IS NOT NULL AND rerun_at < :due_a THEN rerun_at ELSE :due_b END, "
    "attempt = CASE WHEN rerun_restart = 1 THEN 0 ELSE attempt + 1 END, "
    "failures = CASE WHEN rerun_restart = 1 THEN 0 ELSE :failures END, "
    "rerun_at = NULL, rerun_restart = 0, lease_until = 0, lease_token = lease_token + 1 "
    "WHERE id = :id AND lease_token = :token"};
const db::Sql select_due_at{"SELECT due_at FROM jobs WHERE id = :id"};

Claim read_claim(db::Columns& c, std::string_view kind) {
  Claim claim;
  claim.job.kind = kind;
  c >> claim.job.id >> claim.job.subject >> claim.job.attempt >> claim.failures >>
      claim.job.created >> claim.job.due >> claim.token;
  return claim;
}

Ended left_due_at(db::Tx& tx, JobId id) {
  Ended ended;
  ended.next = tx.value<TimeMs>(select_due_at, id);
  return ended;
}

bool move_existing(db::Tx& tx, const NewJob& job) {
  const int restart = job.restart ? 1 : 0;
  return tx.exec(move_forward, restart, job.due, job.due, job.due, job.due, restart, restart,
                 job.kind, job.subject) > 0;
}

}  // namespace

void insert(db::Tx& tx, const NewJob& job, TimeMs now) {
  tx.exec(insert_job, job.id, job.kind, job.subject, job.due, now);
}

void schedule(db::Tx& tx, const NewJob& job, TimeMs now) {
  if (move_existing(tx, job)) return;
  try {
    insert(tx, job, now);
  } catch (const db::UniqueViolation&) {
    // Another instance has made it since.
    move_existing(tx, job);
  }
}

void remove(db::Tx& tx, std::string_view kind, std::int64_t subject) {
  tx.exec(delete_job, kind, subject);
}

std::vector<Claim> claim(db::Tx& tx, std::string_view kind, const ClaimOptions& options) {
  std::vector<Claim> found;
  const auto collect = [&](db::Columns& c) { found.push_back(read_claim(c, kind)); };
  tx.query(select_due, collect, kind, options.now, options.now, options.limit);

  std::vector<Claim> claims;
  for (auto& candidate : found) {
    // A wall clock that jumped makes leases of running jobs look ended.
    const auto own = std::ranges::find_if(options.running, [&](const Claim& running) {
      return running.job.id == candidate.job.id && running.token == candidate.token;
    });
    if (own != options.running.end()) {
      renew(tx, *own, options.lease_until);
    } else if (tx.exec(take, options.lease_until, candidate.job.id, candidate.token) == 1) {
      ++candidate.token;
      claims.push_back(std::move(candidate));
    }
  }
  return claims;
}

std::optional<TimeMs> next_due(db::Tx& tx, std::string_view kind, TimeMs now) {
  return tx.value<TimeMs>(select_next_due, kind, now);
}

std::int64_t count_due(db::Tx& tx, std::string_view kind, TimeMs now) {
  return tx.value<std::int64_t>(select_count_due, kind, now, now).value_or(0);
}

bool renew(db::Tx& tx, const Claim& claim, TimeMs lease_until) {
  return tx.exec(renew_lease, lease_until, claim.job.id, claim.token) == 1;
}

bool release(db::Tx& tx, const Claim& claim) {
  return tx.exec(renew_lease, 0, claim.job.id, claim.token) == 1;
}

void release_all(db::Tx& tx) {
  tx.exec(release_leases);
}

Ended finish(db::Tx& tx, const Claim& claim, TimeMs now) {
  if (tx.exec(delete_finished, claim.job.id, claim.token) == 1) return {};
  if (tx.exec(start_anew, now, claim.job.id, claim.token) == 1)
    return left_due_at(tx, claim.job.id);
  Ended ended;
  ended.fenced = true;
  return ended;
}

Ended again(db::Tx& tx, const Claim& claim, TimeMs due, int failures) {
  if (tx.exec(make_due_again, due, due, failures, claim.job.id, claim.token) == 1)
    return left_due_at(tx, claim.job.id);
  Ended ended;
  ended.fenced = true;
  return ended;
}

}  // namespace tollgate::outbox::job_store
