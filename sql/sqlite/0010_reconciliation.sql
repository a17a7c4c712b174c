-- Bills and what they say against our books. Times are Unix milliseconds, amounts minor units.
CREATE TABLE reconciliations (
  id           INTEGER PRIMARY KEY,
  account_id   TEXT    NOT NULL,
  channel      TEXT    NOT NULL,
  bill_date    TEXT    NOT NULL,      -- YYYY-MM-DD in the channel's time zone
  status       TEXT    NOT NULL,      -- pending, completed, failed
  stage        TEXT    NOT NULL,      -- what is done next: fetch, match, ask, done
  tries        INTEGER NOT NULL,      -- of this stage
  failure_code TEXT,
  day_from     INTEGER NOT NULL,      -- the day, from …
  day_until    INTEGER NOT NULL,      -- … to, not included
  lines        INTEGER NOT NULL,
  totals       TEXT    NOT NULL,      -- JSON, one element a currency
  funds        TEXT    NOT NULL,      -- JSON, the same of the bill of funds; null where the channel has none
  created_at   INTEGER NOT NULL,
  completed_at INTEGER
);
CREATE UNIQUE INDEX reconciliations_day ON reconciliations (account_id, bill_date);
CREATE INDEX reconciliations_status ON reconciliations (status);

CREATE TABLE bill_lines (
  reconciliation_id INTEGER NOT NULL,
  line_no           INTEGER NOT NULL,
  account_id        TEXT    NOT NULL,
  bill_date         TEXT    NOT NULL,
  subject           TEXT    NOT NULL, -- payment, refund, fee, other
  number            TEXT    NOT NULL, -- ours as the channel says it; '#' and the channel's own where it does not
  status            TEXT    NOT NULL, -- succeeded, pending, failed
  amount            INTEGER NOT NULL,
  fee               INTEGER NOT NULL,
  currency          TEXT    NOT NULL,
  time              INTEGER NOT NULL, -- 0: not told
  pay_no            TEXT    NOT NULL,
  channel_trade_no  TEXT    NOT NULL,
  channel_refund_no TEXT    NOT NULL,
  channel_kind      TEXT    NOT NULL,
  PRIMARY KEY (reconciliation_id, line_no)
) WITHOUT ROWID;
CREATE INDEX bill_lines_number ON bill_lines (account_id, subject, number) WHERE number <> '';

CREATE TABLE differences (
  id                INTEGER PRIMARY KEY,
  reconciliation_id INTEGER NOT NULL,
  account_id        TEXT    NOT NULL,
  subject           TEXT    NOT NULL, -- payment, refund
  kind              TEXT    NOT NULL,
  number            TEXT    NOT NULL,
  pay_no            TEXT,
  refund_id         TEXT,
  ours              TEXT    NOT NULL, -- JSON
  theirs            TEXT    NOT NULL, -- JSON
  asked             TEXT    NOT NULL, -- JSON: what the channel answered, or null
  resolution        TEXT    NOT NULL,
  note              TEXT,
  pool_until        INTEGER NOT NULL, -- a later bill may still bring the line until then; 0: none is waited for
  seen              INTEGER NOT NULL, -- 1: found by the last run
  found_at          INTEGER NOT NULL,
  resolved_at       INTEGER
);
CREATE UNIQUE INDEX differences_subject ON differences (reconciliation_id, subject, kind, number);
CREATE INDEX differences_open ON differences (account_id, resolution) WHERE resolved_at IS NULL;

-- Our side of a day, and refunds by the channel's number.
CREATE INDEX payments_paid ON payments (account_id, paid_at) WHERE paid_at IS NOT NULL; -- and pay_no
CREATE INDEX refunds_succeeded ON refunds (account_id, succeeded_at) WHERE succeeded_at IS NOT NULL; -- and refund_id
CREATE INDEX refunds_channel_no ON refunds (account_id, channel_refund_no) WHERE channel_refund_no IS NOT NULL;
CREATE INDEX late_payments_created ON late_payments (created_at); -- and pay_no
