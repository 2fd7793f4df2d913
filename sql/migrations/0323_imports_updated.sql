-- +goose Up
ALTER TABLE imports ADD COLUMN updated INT UNSIGNED NOT NULL DEFAULT 0; -- rows that brought known leads up to date
