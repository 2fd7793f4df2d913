-- +goose Up
ALTER TABLE lists ADD COLUMN call_time_id VARCHAR(20) NOT NULL DEFAULT ''; -- call time that the list keeps besides its campaign's; '': none
