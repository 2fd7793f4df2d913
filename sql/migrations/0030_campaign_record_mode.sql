-- +goose Up
-- From a yes or no to never, demand, all, forced.
ALTER TABLE campaigns MODIFY record VARCHAR(8) NOT NULL DEFAULT 'all';
