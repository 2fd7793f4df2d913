-- +goose Up
ALTER TABLE leads
  ADD COLUMN verified_zone VARCHAR(40) NOT NULL DEFAULT '', -- IANA zone the customer is known to be in; '': worked out
  ADD COLUMN import_id     INT UNSIGNED NOT NULL DEFAULT 0, -- the import that brought it; 0: none
  ADD COLUMN changed_at    DATETIME(3) NULL;                -- when somebody last edited it
