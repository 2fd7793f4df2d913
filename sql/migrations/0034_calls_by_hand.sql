-- +goose Up
ALTER TABLE calls
  ADD COLUMN recording VARCHAR(8) NOT NULL DEFAULT '',    -- '', ON, PAUSED
  ADD COLUMN manual    BOOLEAN NOT NULL DEFAULT FALSE;    -- dialed by its agent
