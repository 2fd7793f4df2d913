-- +goose Up
-- The account that the carrier gave us: how we answer when it asks who calls.
ALTER TABLE carriers
  ADD COLUMN auth_user   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '', -- '': it knows us by our address
  ADD COLUMN auth_secret VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  ADD COLUMN registers   TINYINT(1) NOT NULL DEFAULT 0,        -- we tell it where we are, again and again
  ADD COLUMN from_user   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT ''; -- user part of From; '': the caller id
