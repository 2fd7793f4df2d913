-- +goose Up
ALTER TABLE statuses ADD COLUMN group_id INT NOT NULL DEFAULT 0; -- of status_groups; 0: none
