-- +goose Up
ALTER TABLE recordings ADD COLUMN deleted_at DATETIME(3) NULL; -- the file is gone by the rule of retention; the row stays
