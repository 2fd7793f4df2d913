-- +goose Up
UPDATE campaigns SET in_group = CONCAT('DROP-', UPPER(drop_group), '-', drop_wait_s) WHERE drop_group <> '';
