-- Money back. Times are Unix milliseconds, amounts minor units.
CREATE TABLE refunds (
  refund_id         INTEGER PRIMARY KEY,      -- the channel's out_refund_no: one refund, however often it is sent
  pay_no            INTEGER NOT NULL,
  order_id          INTEGER NOT NULL,
  account_id        TEXT    NOT NULL,
  channel           TEXT    NOT NULL,
  method            TEXT    NOT NULL,
  currency          TEXT    NOT NULL,
  amount            INTEGER NOT NULL,
  total             INTEGER NOT NULL,         -- of the trade at the channel
  status            TEXT    NOT NULL,         -- pending, succeeded, failed
  cause             TEXT    NOT NULL,         -- asked, or why the server gave the money back by itself
  reason            TEXT,
  at_channel        INTEGER NOT NULL,         -- 1: the channel may have it, so it is asked about before it is sent again
  channel_trade_no  TEXT    NOT NULL,
  channel_refund_no TEXT,
  failure_code      TEXT,
  created_at        INTEGER NOT NULL,
  succeeded_at      INTEGER
);
CREATE INDEX refunds_pay_no ON refunds (pay_no);
CREATE INDEX refunds_order ON refunds (order_id);
CREATE INDEX refunds_status ON refunds (status);
CREATE UNIQUE INDEX refunds_by_itself ON refunds (pay_no) WHERE cause <> 'asked';

ALTER TABLE late_payments ADD COLUMN channel_trade_no TEXT NOT NULL DEFAULT '';
CREATE INDEX late_payments_state ON late_payments (state, pay_no);
