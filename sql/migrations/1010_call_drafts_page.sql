-- +goose Up
-- Whose writing it is, so that a desk that was taken over may add what was typed in
-- its last second, and the one that has taken it learns of that.
ALTER TABLE call_drafts ADD COLUMN page BIGINT UNSIGNED NOT NULL DEFAULT 0;
