-- +goose Up
-- Ended calls by the time they were placed, which the reports read in place of
-- the calls: package dialer/report says what each figure counts. An hour is the
-- sum of its quarters and a day that of its hours.
CREATE TABLE call_sums (
  campaign_id VARCHAR(8) NOT NULL,
  span        TINYINT UNSIGNED NOT NULL, -- 0: a quarter of an hour; 1: an hour; 2: a day of UTC
  at          DATETIME NOT NULL,         -- when it began
  list_id     INT UNSIGNED NOT NULL,
  status      VARCHAR(6) NOT NULL,
  manual      BOOLEAN NOT NULL,
  calls       INT UNSIGNED NOT NULL,
  answered    INT UNSIGNED NOT NULL,
  asked       INT UNSIGNED NOT NULL,     -- for an agent
  connected   INT UNSIGNED NOT NULL,     -- to one
  dropped     INT UNSIGNED NOT NULL,
  ring_ms     BIGINT UNSIGNED NOT NULL,
  wait_ms     BIGINT UNSIGNED NOT NULL,
  talk_ms     BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (campaign_id, span, at, list_id, status, manual)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
