-- Payment attempts, the inbox of callbacks, money that came late. Times are Unix milliseconds.
CREATE TABLE payments (
  pay_no            INTEGER PRIMARY KEY,
  order_id          INTEGER NOT NULL,
  open              INTEGER,                -- 1 while pending, NULL after: one open attempt per order
  status            TEXT    NOT NULL,
  account_id        TEXT    NOT NULL,
  channel           TEXT    NOT NULL,
  method            TEXT    NOT NULL,
  amount            INTEGER NOT NULL,
  currency          TEXT    NOT NULL,
  channel_trade_no  TEXT,
  failure_code      TEXT,
  action_type       INTEGER NOT NULL,
  action_material   TEXT    NOT NULL,
  action_expires_at INTEGER NOT NULL,
  channel_state     TEXT    NOT NULL,       -- what the plugin wants back in later operations
  return_url        TEXT    NOT NULL,
  calling_until     INTEGER NOT NULL,       -- an attempt is being started or closed until then
  late              INTEGER NOT NULL,       -- 1: paid when the order could not take it any more
  created_at        INTEGER NOT NULL,
  paid_at           INTEGER
);
CREATE UNIQUE INDEX payments_open ON payments (order_id, open);
CREATE INDEX payments_account ON payments (account_id, pay_no);
CREATE INDEX payments_calling ON payments (calling_until) WHERE calling_until > 0;

CREATE TABLE callbacks (
  id          INTEGER PRIMARY KEY,
  account_id  TEXT    NOT NULL,
  event_id    TEXT,                         -- NULL for refused ones
  event_type  TEXT    NOT NULL,
  verdict     TEXT    NOT NULL,             -- accepted, refused
  reason      TEXT,                         -- of a refusal
  state       TEXT    NOT NULL,             -- received, applied, ignored, held, refused
  result      TEXT,                         -- what applying it did
  pay_no      INTEGER NOT NULL,             -- 0: none
  fact        TEXT    NOT NULL,             -- what the channel said, as JSON
  body        TEXT    NOT NULL,             -- as received (refused ones: the first 2 KiB)
  size        INTEGER NOT NULL,
  remote_ip   TEXT    NOT NULL,
  received_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX callbacks_event ON callbacks (account_id, event_id);
CREATE INDEX callbacks_state ON callbacks (state, id) WHERE state = 'received';
CREATE INDEX callbacks_pay_no ON callbacks (pay_no) WHERE pay_no <> 0;
CREATE INDEX callbacks_refused ON callbacks (account_id, id) WHERE verdict = 'refused';

CREATE TABLE late_payments (
  pay_no     INTEGER PRIMARY KEY,
  order_id   INTEGER NOT NULL,
  amount     INTEGER NOT NULL,
  currency   TEXT    NOT NULL,
  why        TEXT    NOT NULL,              -- the order's state, or amount_mismatch
  policy     TEXT    NOT NULL,              -- what configuration wants: refund, accept, hold
  state      TEXT    NOT NULL,              -- held
  created_at INTEGER NOT NULL
);
