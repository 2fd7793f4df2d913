-- +goose Up
-- For the statuses that the dialer gives.
INSERT IGNORE INTO status_groups (name, position) VALUES ('Not reached', 100), ('Lost', 110);
