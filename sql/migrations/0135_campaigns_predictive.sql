-- +goose Up
ALTER TABLE campaigns ALTER COLUMN dial_method SET DEFAULT 'PREDICTIVE';
