-- +goose Up
INSERT INTO consent_head (id, n, hash) VALUES (1, 0, '');
