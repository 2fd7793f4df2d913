-- +goose Up
ALTER TABLE agent_sessions
  ADD COLUMN muted        BOOLEAN NOT NULL DEFAULT FALSE,
  ADD COLUMN no_sound     VARCHAR(8) NOT NULL DEFAULT '', -- phone, customer: from where no sound has come for 2 s
  ADD COLUMN preview_lead BIGINT UNSIGNED NOT NULL DEFAULT 0;  -- looked at before it is dialed
