-- +goose Up
-- Where the campaign's drop counts stand, by each law, JSON: worked out by the
-- server that decides, for the pages.
ALTER TABLE pacing_models ADD COLUMN ledgers MEDIUMTEXT NULL;
