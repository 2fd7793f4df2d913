-- +goose Up
ALTER TABLE campaigns ADD COLUMN script_id VARCHAR(20) NOT NULL DEFAULT ''; -- '': the built-in opening
