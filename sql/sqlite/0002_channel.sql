-- What was said to channels and what they answered (channel/exchange_store). Secrets are masked before they get here.
CREATE TABLE exchanges (
  id          INTEGER PRIMARY KEY,
  pay_no      INTEGER NOT NULL,            -- 0: served no attempt (bills, certificates for a callback)
  refund_id   INTEGER,
  account_id  TEXT    NOT NULL,
  operation   TEXT    NOT NULL,            -- pay, capture, query, close, refund, query_refund, fetch_bill, callback
  direction   TEXT    NOT NULL,            -- out: we asked the channel
  method      TEXT    NOT NULL,
  url         TEXT    NOT NULL,
  request     TEXT    NOT NULL,            -- JSON {headers, body}
  response    TEXT,                        -- JSON {headers, body}; NULL where none came
  transport   TEXT,                        -- ok, not_sent, maybe_sent; NULL: nobody lived to see the end
  status      INTEGER,                     -- HTTP status
  outcome     TEXT,                        -- the operation's verdict; "continued" where another exchange followed
  duration_ms INTEGER,
  created_at  INTEGER NOT NULL
);
CREATE INDEX exchanges_pay_no ON exchanges (pay_no, account_id, id);
