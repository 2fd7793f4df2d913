-- +goose Up
ALTER TABLE agent_sessions ADD COLUMN page BIGINT UNSIGNED NOT NULL DEFAULT 0; -- the page that has the desk: the one that was opened last; 0: none said so
