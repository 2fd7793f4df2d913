-- +goose Up
CREATE TABLE agent_call_sums (
  campaign_id VARCHAR(8) NOT NULL,
  span        TINYINT UNSIGNED NOT NULL,
  at          DATETIME NOT NULL,
  user_id     INT UNSIGNED NOT NULL,
  status      VARCHAR(6) NOT NULL,
  manual      BOOLEAN NOT NULL,
  calls       INT UNSIGNED NOT NULL,
  talk_ms     BIGINT UNSIGNED NOT NULL,
  recorded    INT UNSIGNED NOT NULL,     -- calls with a recording
  files       INT UNSIGNED NOT NULL,
  lost        INT UNSIGNED NOT NULL,     -- files
  rec_ms      BIGINT UNSIGNED NOT NULL,
  rec_bytes   BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (campaign_id, span, at, user_id, status, manual)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
