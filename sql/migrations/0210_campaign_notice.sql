-- +goose Up
-- The sound that tells people they are recorded, where a rule asks for it.
ALTER TABLE campaigns ADD COLUMN record_notice VARCHAR(128) NOT NULL DEFAULT '';
