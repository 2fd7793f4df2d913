-- +goose Up
UPDATE campaigns SET record = IF(record IN ('0', 'never'), 'never', 'all') WHERE record IN ('0', '1');
