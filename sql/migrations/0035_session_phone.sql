-- +goose Up
ALTER TABLE agent_sessions
  ADD COLUMN muted        BOOLEAN NOT NULL DEFAULT FALSE,
  ADD COLUMN silent       BOOLEAN NOT NULL DEFAULT FALSE,      -- the phone is on the line and sends no sound
  ADD COLUMN preview_lead BIGINT UNSIGNED NOT NULL DEFAULT 0;  -- looked at before it is dialed
