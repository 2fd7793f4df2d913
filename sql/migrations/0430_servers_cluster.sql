-- +goose Up
ALTER TABLE servers
  ADD COLUMN sip_addr   VARCHAR(255) NOT NULL DEFAULT '', -- host:port where the other servers' Asterisks reach this one's; '': no call crosses
  ADD COLUMN sip_secret VARCHAR(64) NOT NULL DEFAULT '',  -- what they say there
  ADD COLUMN weight     SMALLINT UNSIGNED NOT NULL DEFAULT 100, -- its part of the agents who sign in; 0: none
  ADD COLUMN dials      BOOLEAN NOT NULL DEFAULT TRUE,    -- places calls; active: takes new agents
  ADD COLUMN load1      DECIMAL(8,2) NOT NULL DEFAULT 0,  -- the host's load over a minute
  ADD COLUMN cores      SMALLINT UNSIGNED NOT NULL DEFAULT 1,
  ADD COLUMN channels   INT UNSIGNED NOT NULL DEFAULT 0,  -- that its Asterisk has
  ADD COLUMN listen_at  DATETIME(3) NULL;                 -- when its listen last said how it is
