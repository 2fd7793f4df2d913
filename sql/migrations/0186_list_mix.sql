-- +goose Up
CREATE TABLE list_mix (
  campaign_id VARCHAR(8) NOT NULL,
  n           TINYINT UNSIGNED NOT NULL,     -- the step, from 1 on
  list_id     INT UNSIGNED NOT NULL,
  percent     TINYINT UNSIGNED NOT NULL,     -- of the hopper; those of a campaign are 100 together
  lead_order  VARCHAR(32) NOT NULL DEFAULT 'DOWN',
  statuses    VARCHAR(255) NOT NULL DEFAULT '', -- in place of the campaign's dial statuses; '': those
  PRIMARY KEY (campaign_id, n)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
