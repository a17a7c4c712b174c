-- Large refunds wait for a second key. Names are those of API keys.
ALTER TABLE refunds ADD COLUMN approval TEXT NOT NULL DEFAULT 'not_needed';  -- required, approved, rejected
ALTER TABLE refunds ADD COLUMN requested_by TEXT;  -- NULL: by the server itself, or before this was kept
ALTER TABLE refunds ADD COLUMN decided_by TEXT;
