-- Events, who wants them, their deliveries, and the delay queue. Times are milliseconds since 1970.

CREATE TABLE events (
  id         INTEGER PRIMARY KEY,
  type       TEXT NOT NULL,
  order_id   INTEGER NOT NULL,             -- 0: about no order
  data       TEXT NOT NULL,                -- JSON as the API shows it
  created_at INTEGER NOT NULL
);
CREATE INDEX events_by_order ON events (order_id, id);
CREATE INDEX events_by_type ON events (type, id);

-- The signing secret is derived from the master key, the id and the generation: never stored.
CREATE TABLE webhooks (
  id              INTEGER PRIMARY KEY,
  url             TEXT NOT NULL,
  events          TEXT NOT NULL,           -- JSON array of event types, or ["*"]
  description     TEXT,
  enabled         INTEGER NOT NULL,
  disabled_reason TEXT,                    -- NULL while enabled
  generation      INTEGER NOT NULL,        -- of the secret
  rotated_at      INTEGER,                 -- the generation before is valid 24 h from here
  version         INTEGER NOT NULL,        -- grows with every change
  created_at      INTEGER NOT NULL
);

-- Rows of enabled webhooks alone.
CREATE TABLE subscriptions (
  type       TEXT NOT NULL,                -- an event type, or *
  webhook_id INTEGER NOT NULL,
  PRIMARY KEY (type, webhook_id)
) WITHOUT ROWID;
CREATE INDEX subscriptions_by_webhook ON subscriptions (webhook_id);

CREATE TABLE deliveries (
  id              INTEGER PRIMARY KEY,
  event_id        INTEGER NOT NULL REFERENCES events (id),
  webhook_id      INTEGER NOT NULL,
  status          TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'dead')),
  attempts        INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL,        -- meaningful while pending
  lease_until     INTEGER NOT NULL DEFAULT 0,
  lease_token     INTEGER NOT NULL DEFAULT 0,
  last_status     INTEGER,                 -- HTTP status; NULL where no answer came
  last_error      TEXT,
  created_at      INTEGER NOT NULL,
  delivered_at    INTEGER,
  UNIQUE (event_id, webhook_id)
);
CREATE INDEX deliveries_due ON deliveries (webhook_id, next_attempt_at) WHERE status = 'pending';
CREATE INDEX deliveries_by_status ON deliveries (status, id);
CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, id);

CREATE TABLE jobs (
  id            INTEGER PRIMARY KEY,
  kind          TEXT NOT NULL,
  subject       INTEGER NOT NULL,
  due_at        INTEGER NOT NULL,
  attempt       INTEGER NOT NULL DEFAULT 0,
  failures      INTEGER NOT NULL DEFAULT 0, -- exceptions in a row
  created_at    INTEGER NOT NULL,
  lease_until   INTEGER NOT NULL DEFAULT 0, -- 0: nobody runs it
  lease_token   INTEGER NOT NULL DEFAULT 0, -- grows with every claim
  rerun_at      INTEGER,                    -- scheduled while it ran
  rerun_restart INTEGER NOT NULL DEFAULT 0,
  UNIQUE (kind, subject)
);
CREATE INDEX jobs_due ON jobs (kind, due_at);
