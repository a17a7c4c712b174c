-- Orders, their goods, stock. Times are Unix milliseconds, amounts minor units.
CREATE TABLE orders (
  id              INTEGER PRIMARY KEY,
  status          TEXT    NOT NULL,
  live            INTEGER,                 -- 1 while unpaid or paid, NULL after: the pair may be ordered anew
  user_id         TEXT    NOT NULL,
  business_id     TEXT    NOT NULL,
  order_type      TEXT    NOT NULL,
  currency        TEXT    NOT NULL,
  amount          INTEGER NOT NULL,
  amount_refunded INTEGER NOT NULL,
  description     TEXT    NOT NULL,
  metadata        TEXT    NOT NULL,        -- a JSON object of texts
  closing_until   INTEGER NOT NULL,        -- a cancel or expiry is talking to the channel until then
  created_at      INTEGER NOT NULL,
  expires_at      INTEGER NOT NULL,
  paid_at         INTEGER
);
CREATE UNIQUE INDEX orders_business ON orders (business_id, user_id, live);
CREATE INDEX orders_user ON orders (user_id, id);
CREATE INDEX orders_status ON orders (status, id);
CREATE INDEX orders_closing ON orders (closing_until) WHERE closing_until > 0;

CREATE TABLE order_items (
  order_id     INTEGER NOT NULL,
  position     INTEGER NOT NULL,
  goods_id     TEXT    NOT NULL,
  goods_type   TEXT    NOT NULL,
  name         TEXT    NOT NULL,
  unit_price   INTEGER NOT NULL,
  quantity     INTEGER NOT NULL,
  stock_locked INTEGER NOT NULL,           -- 1: this quantity is in stock.locked
  PRIMARY KEY (order_id, position)
) WITHOUT ROWID;
CREATE INDEX order_items_goods ON order_items (goods_id, order_id);

CREATE TABLE stock (
  goods_id  TEXT    PRIMARY KEY,
  available INTEGER NOT NULL CHECK (available >= 0),
  locked    INTEGER NOT NULL CHECK (locked >= 0),
  sold      INTEGER NOT NULL CHECK (sold >= 0)
) WITHOUT ROWID;
