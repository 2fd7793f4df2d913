-- +goose Up
ALTER TABLE calls
  ADD COLUMN dropped_at  DATETIME(6) NULL,                -- no agent was free within the campaign's limit
  ADD COLUMN drop_action VARCHAR(8) NOT NULL DEFAULT ''; -- and what was done then: message, hangup, ingroup
