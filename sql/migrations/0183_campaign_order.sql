-- +goose Up
ALTER TABLE campaigns
  ADD COLUMN lead_order  VARCHAR(32) NOT NULL DEFAULT 'DOWN',  -- VICIdial's name of it: UP RANK, DOWN COUNT 2nd NEW, RANDOM
  ADD COLUMN order_then  VARCHAR(20) NOT NULL DEFAULT 'LEAD_ASCEND', -- among leads that are equal by it
  ADD COLUMN lead_filter VARCHAR(20) NOT NULL DEFAULT '',      -- a row of lead_filters; '': none
  ADD COLUMN mix_method  VARCHAR(8) NOT NULL DEFAULT '',       -- EVEN, IN_ORDER, RANDOM; '': no list mix
  ADD COLUMN hopper_multiplier DECIMAL(4,2) NOT NULL DEFAULT 1, -- of the level that is worked out
  ADD COLUMN auto_alt    VARCHAR(8) NOT NULL DEFAULT '',       -- which further numbers are dialed by themselves: ALT, ADDR3, BOTH, ALL; '': none
  ADD COLUMN auto_alt_statuses VARCHAR(255) NOT NULL DEFAULT 'B N NA DC'; -- after calls that ended so
