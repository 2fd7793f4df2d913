-- +goose Up
ALTER TABLE campaigns
  ADD COLUMN custom_caller_id BOOLEAN NOT NULL DEFAULT FALSE,      -- a lead's security phrase, where it is a number, is shown to its callee
  ADD COLUMN callback_release_min INT UNSIGNED NOT NULL DEFAULT 0; -- an agent's own callback is anyone's so long after its time; 0: never
