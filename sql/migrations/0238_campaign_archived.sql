-- +goose Up
ALTER TABLE campaigns ADD COLUMN archived BOOLEAN NOT NULL DEFAULT FALSE; -- out of sight, never dialed; its calls stay in the reports
