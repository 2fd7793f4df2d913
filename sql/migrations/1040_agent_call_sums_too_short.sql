-- +goose Up
-- Recordings that never began, since the call ended first (recordings.state SHORT).
ALTER TABLE agent_call_sums ADD COLUMN too_short INT UNSIGNED NOT NULL DEFAULT 0;
