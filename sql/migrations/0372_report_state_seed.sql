-- +goose Up
INSERT INTO report_state (id, seeded, hours_to, days_to) VALUES (1, FALSE, '1970-01-01 00:00:00', '1970-01-01 00:00:00');
