-- +goose Up
ALTER TABLE campaigns
  ADD COLUMN drop_action VARCHAR(8) NOT NULL DEFAULT 'message', -- message, hangup, ingroup
  ADD COLUMN drop_group  VARCHAR(8) NOT NULL DEFAULT '',        -- ingroup: the campaign whose agents take the call
  ADD COLUMN drop_wait_s SMALLINT NOT NULL DEFAULT 20;          -- ingroup: how long it may wait for them
