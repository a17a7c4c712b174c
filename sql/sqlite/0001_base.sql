-- Worker numbers of ids (db/worker_lease) and answers kept by Idempotency-Key (api/idempotency).
CREATE TABLE worker_leases (
  worker      INTEGER PRIMARY KEY,
  owner       TEXT    NOT NULL,
  lease_until INTEGER NOT NULL,
  used_until  INTEGER NOT NULL
);

CREATE TABLE idempotency_keys (
  key_name     TEXT    NOT NULL,
  idem_key     TEXT    NOT NULL,
  fingerprint  TEXT    NOT NULL,
  status       INTEGER NOT NULL,           -- HTTP status; 0 while the first request is running
  content_type TEXT    NOT NULL,
  body         TEXT    NOT NULL,
  created_at   INTEGER NOT NULL,
  lease_until  INTEGER NOT NULL,
  PRIMARY KEY (key_name, idem_key)
) WITHOUT ROWID;
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
