-- +goose Up
ALTER TABLE hopper
  ADD COLUMN source   CHAR(1) NOT NULL DEFAULT 'S',            -- S standard, N Nth new, R recycled, C callback, A alternate number
  ADD COLUMN status   VARCHAR(6) NOT NULL DEFAULT '',          -- the lead's when it came in; a lead that has changed since is taken out
  ADD COLUMN called_since_reset SMALLINT UNSIGNED NOT NULL DEFAULT 0, -- likewise
  ADD COLUMN e164     VARCHAR(16) NOT NULL DEFAULT '',         -- what is dialed: the lead's number or a further one of it
  ADD COLUMN phone_n  SMALLINT UNSIGNED NOT NULL DEFAULT 0,    -- 0: the lead's own number, else lead_phones.n
  ADD COLUMN zone_set SMALLINT UNSIGNED NOT NULL DEFAULT 0,    -- of that number
  ADD COLUMN mix_step TINYINT UNSIGNED NOT NULL DEFAULT 0,     -- of the campaign's list mix; 0: none
  ADD KEY hopper_number (e164);
