-- +goose Up
-- A host's web role beats by itself: keepalive's beat says nothing of it, nor the
-- other way round.
ALTER TABLE servers
  ADD COLUMN web_at      DATETIME(3) NULL,                -- when its web role last said that it serves; NULL: never
  ADD COLUMN web_version VARCHAR(64) NOT NULL DEFAULT ''; -- of that role; version is keepalive's
