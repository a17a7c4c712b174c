-- The double-entry journal, and the seals over it and over the events. Both are chains: each row holds the hash of the
-- one before. Times are Unix milliseconds, amounts minor units, hashes SHA-256 in hexadecimal.

-- One row is two entries of one amount, so it balances as it stands.
CREATE TABLE postings (
  id         INTEGER PRIMARY KEY,        -- 1, 2, 3 … in the order of the commits
  pay_no     INTEGER NOT NULL,           -- the attempt whose money moved; 0: of none
  kind       TEXT    NOT NULL,
  number     INTEGER NOT NULL,           -- tells movements of one attempt and kind apart: a refund's id, else 0, 1 …
  account_id TEXT    NOT NULL,
  currency   TEXT    NOT NULL,
  amount     INTEGER NOT NULL CHECK (amount > 0),
  debit      TEXT    NOT NULL,           -- the ledger that the amount is added to
  credit     TEXT    NOT NULL CHECK (credit <> debit),
  posted_at  INTEGER NOT NULL,
  prev_hash  TEXT    NOT NULL,
  hash       TEXT    NOT NULL
);
CREATE UNIQUE INDEX postings_movement ON postings (pay_no, kind, number);

-- One row for at most 256 events: those behind the seal before, up to last_event.
CREATE TABLE seals (
  id           INTEGER PRIMARY KEY,      -- 1, 2, 3 …
  last_event   INTEGER NOT NULL,
  events       INTEGER NOT NULL,         -- how many; 0: only the journal has grown
  event_hashes TEXT    NOT NULL,         -- 16 digits of each one's hash, in order
  events_hash  TEXT    NOT NULL,         -- over all of them
  posting_id   INTEGER NOT NULL,         -- the journal's last row then; 0: none
  posting_hash TEXT    NOT NULL,
  sealed_at    INTEGER NOT NULL,
  prev_hash    TEXT    NOT NULL,
  hash         TEXT    NOT NULL
);
