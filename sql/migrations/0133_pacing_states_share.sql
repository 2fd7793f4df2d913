-- +goose Up
-- What the server that decides for a campaign lets each server place.
ALTER TABLE pacing_states
  DROP COLUMN saved_at,
  DROP COLUMN model,
  ADD COLUMN epoch BIGINT UNSIGNED NOT NULL DEFAULT 0, -- of the lease it was decided under
  ADD COLUMN seq   BIGINT NOT NULL DEFAULT 0,          -- and its number there
  ADD COLUMN heard BIGINT NOT NULL DEFAULT 0;          -- the server's lessons up to that number have been learnt
