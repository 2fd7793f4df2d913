-- +goose Up
ALTER TABLE campaigns
  ADD COLUMN debt           BOOLEAN NOT NULL DEFAULT FALSE,     -- collects debts: Regulation F holds
  ADD COLUMN max_attempts   SMALLINT NOT NULL DEFAULT 0,        -- calls of a lead, ever; 0: no limit, as below
  ADD COLUMN max_per_day    SMALLINT NOT NULL DEFAULT 0,        -- calls to a number on one of the callee's days, by all campaigns
  ADD COLUMN max_per_24h    SMALLINT NOT NULL DEFAULT 0,        -- calls to a number in 24 hours, by all campaigns
  ADD COLUMN max_by_state   VARCHAR(255) NOT NULL DEFAULT '',   -- max_per_24h by state: FL=2 OK=1
  ADD COLUMN drop_lockout_h SMALLINT NOT NULL DEFAULT 0;        -- hours without a call to a number after a drop
