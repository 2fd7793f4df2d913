-- +goose Up
ALTER TABLE lists
  ADD COLUMN description   VARCHAR(255) NOT NULL DEFAULT '',
  ADD COLUMN expires_on    DATE NULL,                       -- last day on which it is dialed; NULL: never ends
  ADD COLUMN reset_times   VARCHAR(120) NOT NULL DEFAULT '', -- HH:MM of the office's day, space-separated
  ADD COLUMN reset_limit   SMALLINT NOT NULL DEFAULT 0,     -- resets a day, by hand or timed; 0: any number
  ADD COLUMN reset_at      DATETIME(3) NULL,                -- when the last reset began
  ADD COLUMN call_from_min SMALLINT NULL,                   -- calling hours that narrow the campaign's; NULL: the campaign's
  ADD COLUMN call_to_min   SMALLINT NULL,
  ADD COLUMN caller_id     VARCHAR(16) NOT NULL DEFAULT '', -- '': the campaign's
  ADD COLUMN changed_at    DATETIME(3) NULL;
