#include "api/idempotency.hpp"

namespace tollgate::api {
namespace {

const db::Sql insert_claim{
    "INSERT INTO idempotency_keys (key_name, idem_key, fingerprint, status, content_type, body, "
    "created_at, lease_until) "
    "VALUES (:key_name, :idem_key, :fingerprint, :status, :content_type, :body, :now, :lease)"};
const db::Sql find_key{
    "SELECT fingerprint, status, content_type, body, created_at, lease_until FROM idempotency_keys "
    "WHERE key_name = :key_name AND idem_key = :idem_key"};
const db::Sql take_over{
    "UPDATE idempotency_keys SET fingerprint = :fingerprint, status = 0, content_type = '', "
    "body = '', created_at = :now, lease_until = :lease "
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

struct Kept {
  std::string fingerprint;
  int status = 0;
  std::string content_type;
  std::string body;
  TimeMs created_at;
  TimeMs lease_until;
};

std::optional<Kept> find(db::Tx& tx, const Ticket& ticket) {
  return tx.find(
      find_key,
      [](db::Columns& c) {
        Kept k;
        c >> k.fingerprint >> k.status >> k.content_type >> k.body >> k.created_at >> k.lease_until;
        return k;
      },
      ticket.key_name, ticket.key);
}

std::string content_type(const net::Response& response) {
  return std::string(response.headers.find("Content-Type").value_or(""));
}

}  // namespace

Result<std::optional<net::Response>> Idempotency::claim(db::Tx& tx, Ticket& ticket) {
  const TimeMs now = clock_.now();
  const TimeMs until = now.plus_ms(lease_ms_);
  const auto kept = find(tx, ticket);
  if (!kept) {
    tx.exec(insert_claim, ticket.key_name, ticket.key, ticket.fingerprint, 0, "", "", now, until);
    ticket.lease_until = until;
    return std::optional<net::Response>();
  }
  const bool expired = kept->created_at.plus_ms(kept_ms) < now;
  const bool dead = kept->status == 0 && kept->lease_until < now;
  if (!expired && kept->fingerprint != ticket.fingerprint)
    return Error(Errc::idempotency_key_reused);
  if (expired || dead) {
    // Later than what it takes over: that claim's end is what names it.
    ticket.lease_until = std::max(until, kept->lease_until.plus_ms(1));
    tx.exec(take_over, ticket.fingerprint, now, ticket.lease_until, ticket.key_name, ticket.key);
    return std::optional<net::Response>();
  }
  if (kept->status == 0) {
    Error error(Errc::idempotency_in_progress);
    error.retry_after_s = 1;
    return error;
  }
  net::Response replay(kept->status, kept->content_type, kept->body);
  replay.headers.add("Idempotency-Replayed", "true");
  return std::optional<net::Response>(std::move(replay));
}

void Idempotency::keep(db::Tx& tx, Ticket& ticket, const net::Response& response) {
  tx.exec(keep_answer, response.status, content_type(response), response.body, ticket.key_name,
          ticket.key, ticket.lease_until);
  ticket.kept = true;
}

void Idempotency::abandon(db::Tx& tx, const Ticket& ticket) {
  tx.exec(delete_claim, ticket.key_name, ticket.key, ticket.lease_until);
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
