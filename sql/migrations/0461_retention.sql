-- +goose Up
CREATE TABLE retention (
  what        VARCHAR(16) NOT NULL,            -- recordings, calls, agent_log, pacing, samples
  campaign_id VARCHAR(8) NOT NULL DEFAULT '',  -- '': every campaign that has no row of its own
  days        INT UNSIGNED NOT NULL,           -- 0: for ever
  changed_at  DATETIME(3) NOT NULL,
  PRIMARY KEY (what, campaign_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
