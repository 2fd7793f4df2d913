-- +goose Up
ALTER TABLE calls
  ADD COLUMN verdict_id    BIGINT UNSIGNED NOT NULL DEFAULT 0,  -- of verdicts; 0: placed before verdicts were kept
  ADD COLUMN verdict_rule  VARCHAR(16) NOT NULL DEFAULT '',     -- the rule that would have ended first
  ADD COLUMN verdict_until DATETIME(3) NULL,                    -- when
  ADD COLUMN verdict_knew  VARCHAR(120) NOT NULL DEFAULT '';    -- what was known of the number, in short
