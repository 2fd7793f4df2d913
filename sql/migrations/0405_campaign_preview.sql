-- +goose Up
ALTER TABLE campaigns ADD COLUMN preview_s SMALLINT UNSIGNED NOT NULL DEFAULT 0; -- how long an agent looks at a lead before it is dialed; 0: until the agent says so
