-- +goose Up
-- What the dialer itself gives to calls and leads cannot be deleted.
ALTER TABLE statuses ADD COLUMN built_in BOOLEAN NOT NULL DEFAULT FALSE;
