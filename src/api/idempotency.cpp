#include "api/idempotency.hpp"

namespace tollgate::api {
namespace {

// Replaces what is there: a key that is over, or whose claim is.
const db::Sql put{
    "REPLACE INTO idempotency_keys (key_name, idem_key, fingerprint, status, content_type, body, "
    "created_at, lease_until) "
    "VALUES (:key_name, :idem_key, :fingerprint, :status, :content_type, :body, :now, :lease)"};
const db::Sql find_key{
    "SELECT fingerprint, status, content_type, body, created_at, lease_until FROM idempotency_keys "
    "WHERE key_name = :key_name AND idem_key = :idem_key"};
const db::Sql keep_answer{
    "UPDATE idempotency_keys SET status = :status, content_type = :content_type, body = :body "
    "WHERE key_name = :key_name AND idem_key = :idem_key AND lease_until = :lease "
    "AND status = 0"};
const db::Sql delete_claim{
    "DELETE FROM idempotency_keys "
    "WHERE key_name = :key_name AND idem_key = :idem_key AND lease_until = :lease AND status = 0"};
const db::Sql delete_claims{"DELETE FROM idempotency_keys WHERE status = 0"};
const db::Sql delete_old{
    "DELETE FROM idempotency_keys WHERE (key_name, idem_key) IN (SELECT key_name, idem_key "
    "FROM idempotency_keys WHERE created_at < :before LIMIT :limit)"};

std::string content_type(const net::Response& response) {
  return std::string(response.headers.find("Content-Type").value_or(""));
}

}  // namespace

struct Idempotency::Kept {
  std::string fingerprint;
  int status = 0;
  std::string content_type;
  std::string body;
  TimeMs created_at;
  TimeMs lease_until;
};

/// What stands under the key, and what it means for the request.
struct Idempotency::Looked {
  std::optional<Kept> kept;
  Result<std::optional<net::Response>> verdict = std::optional<net::Response>();
};

std::optional<Idempotency::Kept> Idempotency::find(db::Tx& tx, const Ticket& ticket) {
  return tx.find(
      find_key,
      [](db::Columns& c) {
        Kept k;
        c >> k.fingerprint >> k.status >> k.content_type >> k.body >> k.created_at >> k.lease_until;
        return k;
      },
      ticket.key_name, ticket.key);
}

Idempotency::Looked Idempotency::look_closely(db::Tx& tx, const Ticket& ticket) const {
  Looked looked;
  looked.kept = find(tx, ticket);
  if (!looked.kept) return looked;
  const Kept& kept = *looked.kept;
  const TimeMs now = clock_.now();
  if (kept.created_at.plus_ms(kept_ms) < now) return looked;
  if (kept.fingerprint != ticket.fingerprint) {
    looked.verdict = Error(Errc::idempotency_key_reused);
  } else if (kept.status != 0) {
    net::Response replay(kept.status, kept.content_type, kept.body);
    replay.headers.add("Idempotency-Replayed", "true");
    looked.verdict = std::optional<net::Response>(std::move(replay));
  } else if (kept.lease_until >= now) {
    Error error(Errc::idempotency_in_progress);
    error.retry_after_s = 1;
    looked.verdict = std::move(error);
  }
  return looked;
}

Result<std::optional<net::Response>> Idempotency::look(db::Tx& tx, const Ticket& ticket) {
  return look_closely(tx, ticket).verdict;
}

Result<std::optional<net::Response>> Idempotency::claim(db::Tx& tx, Ticket& ticket) {
  auto looked = look_closely(tx, ticket);
  if (!looked.verdict || *looked.verdict) return std::move(looked.verdict);
  const TimeMs now = clock_.now();
  TimeMs until = now.plus_ms(lease_ms_);
  // Later than what it takes over: that claim's end is what names it.
  if (looked.kept) until = std::max(until, looked.kept->lease_until.plus_ms(1));
  tx.exec(put, ticket.key_name, ticket.key, ticket.fingerprint, 0, "", "", now, until);
  tx.after_commit([&ticket, until] { ticket.lease_until = until; });
  return std::optional<net::Response>();
}

void Idempotency::keep(db::Tx& tx, Ticket& ticket, const net::Response& response) {
  if (!ticket.is_claimed())
    tx.exec(put, ticket.key_name, ticket.key, ticket.fingerprint, response.status,
            content_type(response), response.body, clock_.now(), TimeMs());
  else
    tx.exec(keep_answer, response.status, content_type(response), response.body, ticket.key_name,
            ticket.key, ticket.lease_until);
  tx.after_commit([&ticket] { ticket.settled = true; });
}

void Idempotency::abandon(db::Tx& tx, Ticket& ticket) {
  if (ticket.is_claimed()) tx.exec(delete_claim, ticket.key_name, ticket.key, ticket.lease_until);
  tx.after_commit([&ticket] { ticket.settled = true; });
}

void Idempotency::settle(db::Tx& tx, Ticket& ticket, const net::Response& response) {
  if (is_kept(response))
    keep(tx, ticket, response);
  else
    abandon(tx, ticket);
}

void Idempotency::free_claims(db::Tx& tx) {
  tx.exec(delete_claims);
}

std::int64_t Idempotency::prune(db::Tx& tx, int limit) {
  return tx.exec(delete_old, clock_.now().plus_ms(-kept_ms), limit);
}

bool Idempotency::is_kept(const net::Response& response) {
  const int status = response.status;
  return status < 500 && status != 401 && status != 403 && status != 429 && status != 408 &&
         !response.headers.find("Retry-After");
}

}  // namespace tollgate::api
