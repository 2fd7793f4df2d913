-- +goose Up
-- A row whose e164 is + and four digits and a star (+1999*) blocks every number
-- that begins so: of +1, an area code. The length is the same for all, so that
-- LEFT(e164, 5) and a star is the only other key a number has to be looked up by.
ALTER TABLE dnc
  ADD COLUMN user_id INT UNSIGNED NOT NULL DEFAULT 0, -- 0: nobody signed in
  ADD COLUMN note    VARCHAR(120) NOT NULL DEFAULT '',
  ADD KEY dnc_campaign (campaign_id, e164);
