-- The journal's balances up to a posting. A cache: without the mark, or where its posting is another one by now, they
-- are counted anew from the first.
CREATE TABLE balances (
  account_id TEXT    NOT NULL,
  currency   TEXT    NOT NULL,
  ledger     TEXT    NOT NULL,
  amount     INTEGER NOT NULL,           -- what was debited less what was credited
  PRIMARY KEY (account_id, currency, ledger)
) WITHOUT ROWID;

-- One row, written together with them.
CREATE TABLE balances_mark (
  posting_id   INTEGER NOT NULL,         -- the last posting in them
  posting_hash TEXT    NOT NULL
);
