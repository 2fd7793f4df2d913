-- +goose Up
ALTER TABLE statuses ADD COLUMN hotkey VARCHAR(1) NOT NULL DEFAULT ''; -- digit or letter that chooses it on the desk; '': one that is free
