-- +goose Up
ALTER TABLE calls ADD COLUMN in_group VARCHAR(20) NOT NULL DEFAULT ''; -- the in-group that the call came to, if any
