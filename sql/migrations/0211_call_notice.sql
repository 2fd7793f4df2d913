-- +goose Up
ALTER TABLE calls
  ADD COLUMN notice_rule VARCHAR(16) NOT NULL DEFAULT '', -- the rule by which the callee must be told of a recording
  ADD COLUMN told_at     DATETIME(6) NULL;                -- when the campaign's announcement of it began
