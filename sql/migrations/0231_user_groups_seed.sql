-- +goose Up
INSERT INTO user_groups (id, name, campaigns, changed_at) VALUES ('ALL', 'Everybody, every campaign', '*', UTC_TIMESTAMP(3));
